package assembly

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// identity holds the values of Ref and Fn::GetAtt of a resource. Their forms are those of the CloudFormation Template
// Reference, "Return values" of each type.
type identity struct {
	ref        string
	attributes map[string]string
}

// identifier derives the identity of a resource of one type.
type identifier func(evaluation, *Resource) (identity, error)

// ref returns the value of Ref for a resource. For a type without a model it is a placeholder, since Ref may be a name,
// an id or an ARN.
func (e evaluation) ref(r *Resource) (string, error) {
	if r.nested != nil {
		return r.nested.id(), nil
	}
	if _, known := resourceTypes[r.Type]; !known {
		return e.unknown("Ref of "+r.Type, r.Path+" Ref"), nil
	}
	id, err := e.identify(r)
	return id.ref, err
}

// attribute returns the value of Fn::GetAtt for a resource.
func (e evaluation) attribute(r *Resource, name string) (any, error) {
	if outputName, ok := strings.CutPrefix(name, "Outputs."); ok && r.nested != nil {
		value, exists, err := e.in(r.nested).output(outputName)
		if err == nil && !exists {
			err = fmt.Errorf("nested stack %s has no output %s", r.Path, outputName)
		}
		return value, err
	}
	id, err := e.identify(r)
	if err != nil {
		return nil, err
	}
	if value, ok := id.attributes[name]; ok {
		return value, nil
	}
	return e.unknown("attribute "+name+" of "+r.Type, r.Path+" "+name), nil
}

// identify derives a resource's identity from its type and from those of its properties that name it.
func (e evaluation) identify(r *Resource) (identity, error) {
	e, err := e.in(r.Stack).enter(r.String())
	if err != nil {
		return identity{}, err
	}
	if identify := resourceTypes[r.Type].identify; identify != nil {
		return identify(e, r)
	}
	return identity{ref: r.generatedName(128)}, nil
}

// generated identifies a resource by an id that AWS makes up. The id is its Ref and the value of one attribute.
func generated(prefix, alphabet string, length int, attribute string) identifier {
	return func(_ evaluation, r *Resource) (identity, error) {
		id := prefix + r.generatedID(alphabet, length)
		return identity{id, map[string]string{attribute: id}}, nil
	}
}

func (e evaluation) restAPI(r *Resource) (identity, error) {
	id := r.generatedID(lower, 10)
	return identity{id, map[string]string{"RestApiId": id, "RootResourceId": r.generatedID(lower, 11)[1:]}}, nil
}

func (e evaluation) distribution(r *Resource) (identity, error) {
	id := "E" + r.generatedID(upper, 13)
	domain := "d" + r.generatedID(lower, 13) + ".cloudfront.net"
	return identity{id, map[string]string{"Id": id, "DomainName": domain}}, nil
}

func (e evaluation) originAccessIdentity(r *Resource) (identity, error) {
	id := "E" + r.generatedID(upper, 13)
	return identity{id, map[string]string{"Id": id, "S3CanonicalUserId": r.generatedID("0123456789abcdef", 32)}}, nil
}

// bucketDeployment identifies a deployment of aws-cdk-lib's BucketDeployment.
func (e evaluation) bucketDeployment(r *Resource) (identity, error) {
	bucket, err := e.resolveText(r.properties["DestinationBucketName"])
	arn := "arn:" + r.Stack.partition() + ":s3:::" + bucket
	return identity{r.generatedName(128), map[string]string{"DestinationBucketArn": arn}}, err
}

// edgeFunctionReader identifies the resource by which aws-cdk-lib's EdgeFunction, in any region, knows its version in
// us-east-1. A parameter of that region has the ARN.
func (e evaluation) edgeFunctionReader(r *Resource) (identity, error) {
	name, err := e.resolveText(r.properties["ParameterName"])
	if err != nil {
		return identity{}, err
	}
	region, err := e.resolveText(r.properties["Region"])
	if err != nil {
		return identity{}, err
	}
	arn, err := e.ssmParameter(name, region)
	return identity{r.generatedName(128), map[string]string{"FunctionArn": arn}}, err
}

func (e evaluation) cloudFrontPolicy(r *Resource) (identity, error) {
	id := r.generatedUUID()
	return identity{id, map[string]string{"Id": id}}, nil
}

func (e evaluation) userPool(r *Resource) (identity, error) {
	id := r.Stack.Region + "_" + r.generatedID(lower, 9)
	provider := "cognito-idp." + r.Stack.Region + ".amazonaws.com/" + id
	return identity{id, map[string]string{
		"UserPoolId": id, "Arn": r.Stack.arn("cognito-idp", "userpool/"+id),
		"ProviderName": provider, "ProviderURL": "https://" + provider,
	}}, nil
}

func (e evaluation) certificate(r *Resource) (identity, error) {
	return identity{ref: r.Stack.arn("acm", "certificate/"+r.generatedUUID())}, nil
}

// userPoolClient identifies an app client. Its secret is the same in every run, as its id is.
func (e evaluation) userPoolClient(r *Resource) (identity, error) {
	id := r.generatedID(lower, 26)
	attributes := map[string]string{"ClientId": id}
	if generates, err := e.resolveText(r.properties["GenerateSecret"]); err == nil && generates == "true" {
		attributes["ClientSecret"] = strings.ReplaceAll(uuid(id, "secret"), "-", "")
	}
	return identity{id, attributes}, nil
}

func (e evaluation) key(r *Resource) (identity, error) {
	id := r.generatedUUID()
	return identity{id, map[string]string{"Arn": r.Stack.arn("kms", "key/"+id), "KeyId": id}}, nil
}

func (e evaluation) lambdaVersion(r *Resource) (identity, error) {
	function, err := e.functionARN(r, "FunctionName")
	number := strconv.Itoa(r.versionNumber())
	arn := function + ":" + number
	return identity{arn, map[string]string{"Version": number, "FunctionArn": arn}}, err
}

// versionNumber counts the versions of one function in a template, in the order of their logical ids. With CDK's
// CurrentVersion there is one.
func (r *Resource) versionNumber() int {
	number := 0
	for _, id := range slices.Sorted(maps.Keys(r.Stack.byID)) {
		other := r.Stack.byID[id]
		if other.Type == r.Type && reflect.DeepEqual(other.properties["FunctionName"], r.properties["FunctionName"]) {
			number++
		}
		if other == r {
			break
		}
	}
	return number
}

func (e evaluation) lambdaAlias(r *Resource) (identity, error) {
	function, err := e.functionARN(r, "FunctionName")
	if err != nil {
		return identity{}, err
	}
	name, err := e.resolveText(r.properties["Name"])
	arn := function + ":" + name
	return identity{arn, map[string]string{"AliasArn": arn}}, err
}

// lambdaURL identifies a Function URL. Its FunctionArn is that of the alias, if the URL belongs to one.
func (e evaluation) lambdaURL(r *Resource) (identity, error) {
	arn, err := e.functionARN(r, "TargetFunctionArn")
	if err != nil {
		return identity{}, err
	}
	if qualifier, ok := r.properties["Qualifier"]; ok {
		name, err := e.resolveText(qualifier)
		if err != nil {
			return identity{}, within("Qualifier", err)
		}
		arn += ":" + name
	}
	url := "https://" + r.generatedID(lower, 32) + ".lambda-url." + r.Stack.Region + ".on.aws/"
	return identity{arn, map[string]string{"FunctionUrl": url, "FunctionArn": arn}}, nil
}

// functionARN returns the ARN of the function that a property names, by name or ARN.
func (e evaluation) functionARN(r *Resource, property string) (string, error) {
	name, err := e.resolveText(r.properties[property])
	if err != nil {
		return "", within(property, err)
	}
	if strings.HasPrefix(name, "arn:") {
		return name, nil
	}
	return r.Stack.arn("lambda", "function:"+name), nil
}

// webACLPart identifies a resource of AWS WAF. The ARN of one with scope CLOUDFRONT says "global" (AWS WAF Developer
// Guide, how-aws-waf-works-resources).
func webACLPart(kind string) identifier {
	return func(e evaluation, r *Resource) (identity, error) {
		name, err := e.name(r, "Name", 128)
		if err != nil {
			return identity{}, err
		}
		scope, err := e.resolveText(r.properties["Scope"])
		if err != nil {
			return identity{}, within("Scope", err)
		}
		where := "regional"
		if scope == "CLOUDFRONT" {
			where = "global"
		}
		id := r.generatedUUID()
		arn := r.Stack.arn("wafv2", strings.Join([]string{where, kind, name, id}, "/"))
		return identity{strings.Join([]string{name, id, scope}, "|"), map[string]string{"Id": id, "Arn": arn}}, nil
	}
}
