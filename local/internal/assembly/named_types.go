package assembly

import "strings"

// namedType is a type of which no more is known than its name and the form of its ARN.
type namedType struct {
	property string // that names the resource
	identify func(r *Resource, name string) identity
}

// namedTypes are those that functions most often use: their environments and their roles' policies carry these values.
var namedTypes = map[string]namedType{
	"AWS::DynamoDB::GlobalTable":  {"TableName", table},
	"AWS::DynamoDB::Table":        {"TableName", table},
	"AWS::KMS::Key":               {"", key},
	"AWS::Logs::LogGroup":         {"LogGroupName", logGroup},
	"AWS::S3::Bucket":             {"BucketName", bucket},
	"AWS::SecretsManager::Secret": {"Name", secret},
	"AWS::SNS::Topic":             {"TopicName", topic},
	"AWS::SQS::Queue":             {"QueueName", queue},
}

// named identifies a resource of a type in namedTypes, or of any other: then Ref is a generated name, and there are no attributes.
func (e evaluation) named(r *Resource) (identity, error) {
	known, ok := namedTypes[r.Type]
	if !ok {
		return identity{ref: r.generatedName(128)}, nil
	}
	name, err := e.name(r, known.property, 63)
	return known.identify(r, name), err
}

func table(r *Resource, name string) identity {
	return identity{name, map[string]string{"Arn": r.Stack.arn("dynamodb", "table/"+name)}}
}

func key(r *Resource, _ string) identity {
	id := r.generatedUUID()
	return identity{id, map[string]string{"Arn": r.Stack.arn("kms", "key/"+id), "KeyId": id}}
}

func logGroup(r *Resource, name string) identity {
	return identity{name, map[string]string{"Arn": r.Stack.arn("logs", "log-group:"+name+":*")}}
}

func bucket(r *Resource, name string) identity {
	return identity{name, map[string]string{"Arn": "arn:" + r.Stack.partition() + ":s3:::" + name}}
}

// secret identifies a secret, to whose name AWS adds six characters.
func secret(r *Resource, name string) identity {
	arn := r.Stack.arn("secretsmanager", "secret:"+name+"-"+r.generatedID(lower, 6))
	return identity{arn, map[string]string{"Id": arn}}
}

func topic(r *Resource, name string) identity {
	arn := r.Stack.arn("sns", name)
	return identity{arn, map[string]string{"TopicArn": arn, "TopicName": name}}
}

func queue(r *Resource, name string) identity {
	url := "https://" + strings.Join([]string{"sqs." + r.Stack.Region + "." + r.Stack.urlSuffix(), r.Stack.Account, name}, "/")
	return identity{url, map[string]string{"Arn": r.Stack.arn("sqs", name), "QueueName": name, "QueueUrl": url}}
}
