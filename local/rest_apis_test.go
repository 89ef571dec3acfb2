package local

import (
	"maps"
	"net/http"
	"strings"
	"testing"
)

// restResources is a template with a REST API: GET /x, a Lambda proxy integration that answers its event, on the
// stage Prod.
func restResources() object {
	return object{
		"Role":       role(),
		"Fn":         function("return {body: JSON.stringify(event)}", nil),
		"Permission": apiPermission("Fn", "/Prod/GET/x"),
		"Api":        object{"Type": "AWS::ApiGateway::RestApi", "Properties": object{"Name": "api"}},
		"X": object{"Type": "AWS::ApiGateway::Resource", "Properties": object{
			"RestApiId": ref("Api"), "ParentId": getAtt("Api", "RootResourceId"), "PathPart": "x",
		}},
		"Get": object{"Type": "AWS::ApiGateway::Method", "Properties": object{
			"RestApiId": ref("Api"), "ResourceId": ref("X"), "HttpMethod": "GET", "AuthorizationType": "NONE",
			"Integration": object{"Type": "AWS_PROXY", "IntegrationHttpMethod": "POST", "Uri": invocation("Fn")},
		}},
		"Deployment": object{"Type": "AWS::ApiGateway::Deployment", "Properties": object{"RestApiId": ref("Api")}},
		"Stage": object{"Type": "AWS::ApiGateway::Stage", "Properties": object{
			"RestApiId": ref("Api"), "DeploymentId": ref("Deployment"), "StageName": "Prod",
		}},
	}
}

// apiPermission lets the API invoke a function for what comes after the API's id in a source ARN.
func apiPermission(function, what string) object {
	return object{"Type": "AWS::Lambda::Permission", "Properties": object{
		"Action": "lambda:InvokeFunction", "FunctionName": getAtt(function, "Arn"),
		"Principal": "apigateway.amazonaws.com",
		"SourceArn": object{
			"Fn::Join": []any{"", []any{"arn:aws:execute-api:eu-west-1:111122223333:", ref("Api"), what}},
		},
	}}
}

// invocation is the URI of an integration or authorizer.
func invocation(function string) object {
	return object{
		"Fn::Join": []any{
			"",
			[]any{
				"arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/", getAtt(function, "Arn"),
				"/invocations",
			},
		},
	}
}

// set sets properties of a resource.
func set(resources object, id string, properties object) {
	maps.Copy(propertiesOf(resources, id), properties)
}

// integrate sets properties of the method's integration.
func integrate(resources, properties object) {
	maps.Copy(propertiesOf(resources, "Get", "Integration"), properties)
}

// withKey wants an API key, which a plan has; plans are its usage plans.
func withKey(resources, key object, plans ...string) {
	set(resources, "Get", object{"ApiKeyRequired": true})
	resources["Key"] = object{"Type": "AWS::ApiGateway::ApiKey", "Properties": key}
	for _, plan := range plans {
		resources[plan] = object{
			"Type":       "AWS::ApiGateway::UsagePlan",
			"Properties": object{"ApiStages": []any{object{"ApiId": ref("Api"), "Stage": ref("Stage")}}},
		}
		resources[plan+"Key"] = object{
			"Type":       "AWS::ApiGateway::UsagePlanKey",
			"Properties": object{"KeyId": ref("Key"), "KeyType": "API_KEY", "UsagePlanId": ref(plan)},
		}
	}
}

// withAuthorizer guards the method by a TOKEN authorizer that allows everything.
func withAuthorizer(resources object, properties object) {
	resources["Judge"] = function("return {principalId: 'u', policyDocument: {Statement: [{Effect: 'Allow', "+
		"Action: '*', Resource: '*'}]}}",
		nil)
	resources["JudgePermission"] = apiPermission("Judge", "/authorizers/*")
	resources["Auth"] = object{"Type": "AWS::ApiGateway::Authorizer", "Properties": object{
		"RestApiId": ref("Api"), "Type": "TOKEN", "IdentitySource": "method.request.header.Authorization",
		"AuthorizerUri": invocation("Judge"),
	}}
	set(resources, "Auth", properties)
	set(resources, "Get", object{"AuthorizationType": "CUSTOM", "AuthorizerId": ref("Auth")})
}

// ask sends GET to a URL with a header.
func ask(t *testing.T, url, name, value string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set(name, value)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := response.Body.Close(); err != nil {
		t.Fatal(err)
	}
	return response.StatusCode
}

func TestRestAPI(t *testing.T) {
	resources := restResources()
	set(resources, "Stage", object{"Variables": object{"colour": "blue"}})
	s := serveAssembly(t, assemble(t, resources, nil))
	if len(s.RestAPIs) != 1 || s.RestAPIs[0].ID != "Demo/Api" || !strings.HasSuffix(s.RestAPIs[0].URL, "/Prod") {
		t.Fatalf("listening: %+v", s.listening)
	}
	status, body := fetch(t, s.RestAPIs[0].URL+"/x")
	for _, want := range []string{
		`"resource":"/x"`, `"stageVariables":{"colour":"blue"}`, `"stage":"Prod"`, `"accountId":"111122223333"`,
	} {
		if status != 200 || !strings.Contains(body, want) {
			t.Errorf("%d %s lacks %s", status, body, want)
		}
	}
	if strings.Contains(body, `"deploymentId":""`) {
		t.Errorf("no deployment id: %s", body)
	}
	const unknownPath = `{"message":"Missing Authentication Token"}`
	if status, body := fetch(t, s.RestAPIs[0].URL+"/y"); status != 403 || body != unknownPath {
		t.Errorf("%d %s", status, body)
	}
	if strings.Contains(s.said(), "Not simulated") {
		t.Errorf("something is not simulated:\n%s", s.said())
	}
}

// TestRestAPIsApart: what belongs to one API is no part of another.
func TestRestAPIsApart(t *testing.T) {
	resources := restResources()
	resources["Api2"] = resources["Api"]
	for id, of := range map[string]object{
		"Stage2": resources["Stage"].(object), "X2": resources["X"].(object), "Get2": resources["Get"].(object),
	} {
		resources[id] = object{"Type": of["Type"], "Properties": maps.Clone(of["Properties"].(object))}
		set(resources, id, object{"RestApiId": ref("Api2")})
	}
	set(resources, "Stage2", object{"StageName": "dev"})
	set(resources, "X2", object{"ParentId": getAtt("Api2", "RootResourceId"), "PathPart": "y"})
	set(resources, "Get2", object{"ResourceId": ref("X2")})
	s := serveAssembly(t, assemble(t, resources, nil))
	if len(s.RestAPIs) != 2 || !strings.HasSuffix(s.RestAPIs[1].URL, "/dev") {
		t.Fatalf("listening: %+v", s.listening)
	}
	for i, row := range []struct{ x, y int }{{200, 403}, {403, 500}} { // the second one has no permission
		url := s.RestAPIs[i].URL
		if x, y := ask(t, url+"/x", "X", ""), ask(t, url+"/y", "X", ""); x != row.x || y != row.y {
			t.Errorf("%s: %d, %d, want %v", s.RestAPIs[i].ID, x, y, row)
		}
	}
}

// TestRestAPIAnswers sends GET /x with one header, to APIs of different settings.
func TestRestAPIAnswers(t *testing.T) {
	policy := func(statements ...any) func(object) {
		return func(r object) {
			set(r, "Api", object{"Policy": object{"Version": "2012-10-17", "Statement": statements}})
		}
	}
	statement := func(effect string, resource any) object {
		return object{"Effect": effect, "Principal": "*", "Action": "execute-api:Invoke", "Resource": resource}
	}
	throttle := func(settings object) func(object) {
		return func(r object) {
			settings["HttpMethod"], settings["ResourcePath"] = "*", "/*"
			set(r, "Stage", object{"MethodSettings": []any{settings}})
		}
	}
	tests := []struct {
		name, why, header string
		change            func(object)
		status            int
	}{
		{
			name: "no permission", why: "Lambda must let API Gateway in",
			change: func(r object) { delete(r, "Permission") }, status: 500,
		},
		{
			name: "short ARN allowed", why: "API Gateway writes it out",
			change: policy(statement("Allow", "execute-api:/Prod/GET/x")), status: 200,
		},
		{
			name:   "short ARN of another path",
			change: policy(statement("Allow", []any{"execute-api:/Prod/GET/y"})), status: 403,
		},
		{
			name: "short ARN denied", why: "a denial must not go missing",
			change: policy(statement("Allow", "*"), statement("Deny", []any{"execute-api:/*/GET/x"})), status: 403,
		},
		{
			name: "short ARN excepted", why: "NotResource is written out too",
			change: policy(statement("Allow", "*"), object{
				"Effect": "Deny", "Principal": "*", "Action": "execute-api:Invoke",
				"NotResource": "execute-api:/Prod/GET/x",
			}),
			status: 200,
		},
		{
			name:   "key",
			header: "x-api-key: a-key-of-the-template",
			change: func(r object) {
				withKey(r, object{"Enabled": true, "Value": "a-key-of-the-template"}, "Plan")
			},
			status: 200,
		},
		{
			name:   "key that is not enabled",
			header: "x-api-key: a-key-of-the-template",
			change: func(r object) {
				withKey(r, object{"Enabled": false, "Value": "a-key-of-the-template"}, "Plan")
			},
			status: 403,
		},
		{
			name: "key without Enabled", why: "nobody said that it works",
			header: "x-api-key: a-key-of-the-template",
			change: func(r object) {
				withKey(r, object{"Value": "a-key-of-the-template"}, "Plan")
			},
			status: 403,
		},
		{
			name:   "key without a plan",
			header: "x-api-key: a-key-of-the-template",
			change: func(r object) {
				withKey(r, object{"Enabled": true, "Value": "a-key-of-the-template"})
			},
			status: 403,
		},
		{
			name:   "key of a plan for another stage",
			header: "x-api-key: a-key-of-the-template",
			change: func(r object) {
				withKey(r, object{"Enabled": true, "Value": "a-key-of-the-template"}, "Plan")
				set(r, "Plan", object{"ApiStages": []any{object{"ApiId": ref("Api"), "Stage": "dev"}}})
			},
			status: 403,
		},
		{
			name: "burst of 0", why: "with the account's rate",
			change: throttle(object{"ThrottlingBurstLimit": 0}), status: 429,
		},
		{
			name: "rate of 0", why: "with the account's burst, which lets the first through",
			change: throttle(object{"ThrottlingRateLimit": 0}), status: 200,
		},
		{name: "no throttle", change: throttle(object{"MetricsEnabled": true}), status: 200},
		{
			name: "gateway response",
			change: func(r object) {
				delete(r, "Permission")
				r["Response"] = object{"Type": "AWS::ApiGateway::GatewayResponse", "Properties": object{
					"RestApiId": ref("Api"), "ResponseType": "DEFAULT_5XX", "StatusCode": "503",
					"ResponseTemplates": object{"application/json": "{}"},
				}}
			},
			status: 503,
		},
		{
			name:   "authorizer",
			header: "Authorization: x", change: func(r object) { withAuthorizer(r, nil) }, status: 200,
		},
		{name: "authorizer without a token", change: func(r object) { withAuthorizer(r, nil) }, status: 401},
		{
			name:   "authorizer that may not be invoked",
			header: "Authorization: x",
			change: func(r object) { withAuthorizer(r, nil); delete(r, "JudgePermission") }, status: 500,
		},
		{
			name: "authorizer without sources or a cache", why: "is asked whatever there is",
			change: func(r object) {
				withAuthorizer(r, object{"Type": "REQUEST", "IdentitySource": "", "AuthorizerResultTtlInSeconds": 0})
			},
			status: 200,
		},
		{
			name:   "several sources",
			header: "Authorization: x",
			change: func(r object) {
				withAuthorizer(r, object{
					"Type":           "REQUEST",
					"IdentitySource": "method.request.header.Authorization, method.request.header.User-Agent",
				})
			},
			status: 200,
		},
		{
			name:   "validation of the token",
			header: "Authorization: x",
			change: func(r object) { withAuthorizer(r, object{"IdentityValidationExpression": "y"}) }, status: 401,
		},
		{
			name:   "Cognito",
			header: "Authorization: x",
			change: func(r object) {
				r["Pool"] = object{"Type": "AWS::Cognito::UserPool"}
				r["Auth"] = object{"Type": "AWS::ApiGateway::Authorizer", "Properties": object{
					"RestApiId": ref("Api"), "Type": "COGNITO_USER_POOLS",
					"IdentitySource": "method.request.header.Authorization",
					"ProviderARNs":   []any{getAtt("Pool", "Arn")},
				}}
				set(r, "Get", object{"AuthorizationType": "COGNITO_USER_POOLS", "AuthorizerId": ref("Auth")})
			},
			status: 401,
		},
		{
			name: "preflight", why: "a mock integration",
			header: "Origin: https://b.example.com",
			change: func(r object) {
				set(r, "Get", object{"Integration": object{"Type": "MOCK", "IntegrationResponses": []any{object{
					"StatusCode":         "204",
					"ResponseParameters": object{"method.response.header.Access-Control-Allow-Origin": "'*'"},
				}}}})
			},
			status: 204,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			resources := restResources()
			test.change(resources)
			s := serveAssembly(t, assemble(t, resources, nil))
			name, value, _ := strings.Cut(test.header, ": ")
			if name == "" {
				name = "X-Nothing"
			}
			if status := ask(t, s.RestAPIs[0].URL+"/x", name, value); status != test.status {
				t.Errorf("%d, want %d (%s)\n%s", status, test.status, test.why, s.said())
			}
		})
	}
}

// TestRestAPIMadeUpKey: a key without a value gets one, the same in every plan that has it, and it is told.
func TestRestAPIMadeUpKey(t *testing.T) {
	resources := restResources()
	withKey(resources, object{"Enabled": true}, "Plan", "Plan2")
	s := serveAssembly(t, assemble(t, resources, nil))
	if len(s.Secrets) != 1 || s.Secrets[0].ID != "Demo/Key" || len(s.Secrets[0].Value) != 40 {
		t.Fatalf("secrets %+v", s.Secrets)
	}
	if status := ask(t, s.RestAPIs[0].URL+"/x", "X-Api-Key", s.Secrets[0].Value); status != 200 {
		t.Errorf("answered %d", status)
	}
}

// TestRestAPILists: what is not simulated and changes no answer for the worse is said once.
func TestRestAPILists(t *testing.T) {
	resources := restResources()
	withKey(resources, object{"Enabled": true}, "Plan")
	set(resources, "Plan", object{"Quota": object{"Limit": 1, "Period": "DAY"}})
	set(resources, "Api", object{
		"DisableExecuteApiEndpoint": true, "EndpointConfiguration": object{"Types": []any{"PRIVATE"}},
		"MinimumCompressionSize": 0,
	})
	set(resources, "Get", object{"RequestValidatorId": ref("Validator")})
	resources["Validator"] = object{
		"Type": "AWS::ApiGateway::RequestValidator", "Properties": object{"RestApiId": ref("Api")},
	}
	set(resources, "Stage", object{
		"AccessLogSetting": object{"Format": "x"}, "CacheClusterEnabled": true,
		"CanarySetting": object{"PercentTraffic": 1},
		"MethodSettings": []any{
			object{"HttpMethod": "*", "ResourcePath": "/*", "LoggingLevel": "INFO"},
			object{"HttpMethod": "GET", "ResourcePath": "/~1x", "ThrottlingRateLimit": 1},
			object{"HttpMethod": "POST", "ResourcePath": "/~1x", "CachingEnabled": true},
		},
	})
	s := serveAssembly(t, assemble(t, resources, nil))
	for _, want := range []string{
		"quota and throttle of a usage plan: Demo/Plan",
		"DisableExecuteApiEndpoint, since there is no custom domain here: Demo/Api",
		"private endpoint of a REST API, which is not private here: Demo/Api",
		"compression of a REST API: Demo/Api", "request validation: Demo/Get", "access logs of a stage: Demo/Stage",
		"execution logs of a stage: Demo/Stage",
		"the cache of a stage: Demo/Stage", "the canary of a stage: Demo/Stage",
		"settings of single methods on a stage: Demo/Stage",
	} {
		if strings.Count(s.said(), want) != 1 {
			t.Errorf("%q is said %d times, want once:\n%s", want, strings.Count(s.said(), want), s.said())
		}
	}
}

// TestRestAPIRefuses: what would be answered otherwise than on AWS is an error at start.
func TestRestAPIRefuses(t *testing.T) {
	gatewayResponse := func(properties object) func(object) {
		return func(r object) {
			properties["RestApiId"] = ref("Api")
			r["Response"] = object{"Type": "AWS::ApiGateway::GatewayResponse", "Properties": properties}
		}
	}
	mock := func(responses ...any) func(object) {
		return func(r object) {
			set(r, "Get", object{"Integration": object{"Type": "MOCK", "IntegrationResponses": responses}})
		}
	}
	tests := []struct {
		name   string
		change func(object)
		want   string
	}{
		{
			name: "OpenAPI", change: func(r object) { set(r, "Api", object{"Body": object{}}) },
			want: "imported from OpenAPI",
		},
		{
			name:   "keys of an authorizer",
			change: func(r object) { set(r, "Api", object{"ApiKeySourceType": "AUTHORIZER"}) },
			want:   "ApiKeySourceType AUTHORIZER",
		},
		{
			name: "policy without principal",
			change: func(r object) {
				set(r, "Api", object{
					"Policy": object{"Statement": object{"Effect": "Allow", "Action": "*", "Resource": "*"}},
				})
			},
			want: "statement 1: it must have a Principal",
		},
		{
			name: "policy without resource",
			change: func(r object) {
				set(r, "Api", object{
					"Policy": object{"Statement": object{"Effect": "Allow", "Action": "*", "Principal": "*"}},
				})
			},
			want: "statement 1: it must have a Principal and a Resource",
		},
		{
			name: "policy as text", change: func(r object) { set(r, "Api", object{"Policy": "{}"}) },
			want: "must be an object",
		},
		{name: "no stage", change: func(r object) { delete(r, "Stage") }, want: "it has 0 stages"},
		{name: "two stages", change: func(r object) { r["Stage2"] = r["Stage"] }, want: "it has 2 stages"},
		{
			name: "response type", change: gatewayResponse(object{"ResponseType": "NOT_FOUND"}),
			want: "AWS has no such response type",
		},
		{
			name: "response template for another type",
			change: gatewayResponse(object{
				"ResponseType": "DEFAULT_4XX", "ResponseTemplates": object{"text/html": "x"},
			}),
			want: "a template for text/html",
		},
		{
			name:   "response status",
			change: gatewayResponse(object{"ResponseType": "DEFAULT_4XX", "StatusCode": "4XX"}), want: "StatusCode",
		},
		{
			name: "key from elsewhere",
			change: func(r object) {
				withKey(r, object{"Enabled": true}, "Plan")
				set(r, "PlanKey", object{"KeyId": "elsewhere"})
			},
			want: "API key elsewhere is not in the assembly",
		},
		{
			name:   "integration's role",
			change: func(r object) { integrate(r, object{"Credentials": getAtt("Role", "Arn")}) },
			want:   "Credentials is not simulated",
		},
		{
			name:   "integration's method",
			change: func(r object) { integrate(r, object{"IntegrationHttpMethod": "GET"}) }, want: "with POST only",
		},
		{
			name:   "integration that streams",
			change: func(r object) { integrate(r, object{"ResponseTransferMode": "STREAM"}) },
			want:   "STREAM is not simulated",
		},
		{
			name:   "integration of another type",
			change: func(r object) { integrate(r, object{"Type": "HTTP_PROXY"}) },
			want:   "type HTTP_PROXY is not simulated",
		},
		{
			name:   "integration with something else",
			change: func(r object) { integrate(r, object{"Uri": "arn:aws:apigateway:eu-west-1:sqs:path/x"}) },
			want:   "not that of a Lambda function",
		},
		{name: "mock without responses", change: mock(), want: "MOCK integration with 0 responses"},
		{
			name:   "mock with a template",
			change: mock(object{"StatusCode": "200", "ResponseTemplates": object{"application/json": "{}"}}),
			want:   "CDK's AddCorsPreflight",
		},
		{
			name:   "mock with another template",
			change: mock(object{"StatusCode": "200", "ResponseTemplates": object{"text/html": "x"}}),
			want:   "a response template for text/html",
		},
		{
			name: "mock with a mapping",
			change: mock(object{
				"StatusCode": "200", "ResponseParameters": object{"method.response.header.X": "context.requestId"},
			}),
			want: "is not simulated",
		},
		{
			name:   "mock with half a literal",
			change: mock(object{"StatusCode": "200", "ResponseParameters": object{"method.response.header.X": "'"}}),
			want:   "is not simulated",
		},
		{name: "mock with a status", change: mock(object{"StatusCode": "100"}), want: "not one from 200 to 599"},
		{
			name:   "resource from elsewhere",
			change: func(r object) { set(r, "Get", object{"ResourceId": "elsewhere"}) },
			want:   "its resource is not in the assembly",
		},
		{
			name: "parent from elsewhere", change: func(r object) { set(r, "X", object{"ParentId": "elsewhere"}) },
			want: "a parent that is not in the assembly",
		},
		{
			name: "resources in a circle",
			change: func(r object) {
				r["Y"] = object{
					"Type":       "AWS::ApiGateway::Resource",
					"Properties": object{"RestApiId": ref("Api"), "ParentId": ref("X"), "PathPart": "y"},
				}
				set(r, "X", object{"ParentId": ref("Y")})
			},
			want: "a parent that is not in the assembly",
		},
		{
			name:   "cache that nobody asked for",
			change: func(r object) { withAuthorizer(r, object{"Type": "REQUEST", "IdentitySource": ""}) },
			want:   "cannot be cached",
		}, // 300 s
		{
			name: "authorizer from elsewhere",
			change: func(r object) {
				set(r, "Get", object{"AuthorizationType": "CUSTOM", "AuthorizerId": "elsewhere"})
			},
			want: "not a Lambda authorizer of the assembly",
		},
		{
			name:   "authorizer's role",
			change: func(r object) { withAuthorizer(r, object{"AuthorizerCredentials": getAtt("Role", "Arn")}) },
			want:   "AuthorizerCredentials are not simulated",
		},
		{
			name: "authorizer's type", change: func(r object) { withAuthorizer(r, object{"Type": "JWT"}) },
			want: "type JWT is not simulated",
		},
		{
			name:   "authorization type",
			change: func(r object) { set(r, "Get", object{"AuthorizationType": "OAUTH"}) },
			want:   `AuthorizationType "OAUTH"`,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			resources := restResources()
			test.change(resources)
			said := refused(t, Options{Assembly: assemble(t, resources, nil), Listen: "127.0.0.1:0"})
			if !strings.Contains(said, test.want) {
				t.Errorf("%q does not say %q", said, test.want)
			}
		})
	}
}
