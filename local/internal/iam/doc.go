// Package iam decides, as AWS Identity and Access Management does, whether an identity may do what it asks.
//
// It knows policy documents (IAM User Guide, reference_policies_elements), the evaluation logic for identity policies,
// resource policies and permissions boundaries (reference_policies_evaluation-logic), roles, and the temporary credentials
// that stand for them. Whatever a document says that this package does not know is an error when the document is
// read: nothing is skipped silently, since a condition left out would let in what AWS refuses.
package iam
