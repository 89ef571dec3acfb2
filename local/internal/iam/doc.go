// Package iam decides whether an identity may do an action on a resource, as AWS Identity and Access Management does.
//
// The package knows policy documents (IAM User Guide, reference_policies_elements), roles, and the temporary
// credentials of their sessions. It knows the evaluation logic for identity policies, resource policies and
// permissions boundaries (reference_policies_evaluation-logic). An element that this package does not know is an
// error when the document is read. Nothing is skipped silently, since a missing condition would let in a request
// that AWS refuses.
package iam
