package assembly

import "strings"

// named identifies a resource by its name alone, which a property may give. CloudFormation makes one up otherwise, of
// at most limit characters.
func named(property string, limit int, form func(*Resource, string) identity) identifier {
	return func(e evaluation, r *Resource) (identity, error) {
		name, err := e.name(r, property, limit)
		return form(r, name), err
	}
}

// name returns the name that a property gives to a resource, or a generated one of at most limit characters.
func (e evaluation) name(r *Resource, property string, limit int) (string, error) {
	given, ok := r.properties[property]
	if !ok {
		return r.generatedName(limit), nil
	}
	name, err := e.resolve(given)
	if err != nil {
		return "", within(property, err)
	}
	if name == (absent{}) {
		return r.generatedName(limit), nil
	}
	return text(name)
}

func nameAlone(_ *Resource, name string) identity { return identity{ref: name} }

func resourceServer(_ *Resource, identifier string) identity { return identity{ref: identifier} }

func lambdaFunction(r *Resource, name string) identity {
	return identity{name, map[string]string{"Arn": r.Stack.arn("lambda", "function:"+name)}}
}

// layerVersion identifies the one version that a deployment makes of a layer.
func layerVersion(r *Resource, name string) identity {
	arn := r.Stack.arn("lambda", "layer:"+name+":1")
	return identity{arn, map[string]string{"LayerVersionArn": arn}}
}

func viewerFunction(r *Resource, name string) identity {
	arn := "arn:aws:cloudfront::" + r.Stack.Account + ":function/" + name
	return identity{arn, map[string]string{"FunctionARN": arn, "FunctionMetadata.FunctionARN": arn}}
}

func keyValueStore(r *Resource, name string) identity {
	id := r.generatedUUID()
	return identity{name, map[string]string{
		"Arn": "arn:aws:cloudfront::" + r.Stack.Account + ":key-value-store/" + id, "Id": id,
	}}
}

func table(r *Resource, name string) identity {
	return identity{name, map[string]string{"Arn": r.Stack.arn("dynamodb", "table/"+name)}}
}

func logGroup(r *Resource, name string) identity {
	return identity{name, map[string]string{"Arn": r.Stack.arn("logs", "log-group:"+name+":*")}}
}

func bucket(r *Resource, name string) identity {
	region, suffix := r.Stack.Region, r.Stack.urlSuffix()
	return identity{name, map[string]string{
		"Arn": "arn:" + r.Stack.partition() + ":s3:::" + name, "DomainName": name + ".s3." + suffix,
		"DualStackDomainName": name + ".s3.dualstack." + region + "." + suffix,
		"RegionalDomainName":  name + ".s3." + region + "." + suffix,
		"WebsiteURL":          "http://" + name + ".s3-website-" + region + "." + suffix,
	}}
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
	host := "sqs." + r.Stack.Region + "." + r.Stack.urlSuffix()
	url := "https://" + strings.Join([]string{host, r.Stack.Account, name}, "/")
	return identity{url, map[string]string{"Arn": r.Stack.arn("sqs", name), "QueueName": name, "QueueUrl": url}}
}
