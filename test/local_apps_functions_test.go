package test

import (
	"debug/elf"
	"encoding/binary"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfront"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfrontorigins"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsec2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsecr"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsssm"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// environmentCode answers with the function's environment.
const environmentCode = "return JSON.stringify(process.env)"

// openUrl gives a function a Function URL without authentication.
func openUrl(function awslambda.Function) {
	function.AddFunctionUrl(&awslambda.FunctionUrlOptions{AuthType: awslambda.FunctionUrlAuthType_NONE})
}

// attribute is an attribute of a new resource.
func attribute(stack awscdk.Stack, id, resourceType, name string, properties object) *string {
	props := &awscdk.CfnResourceProps{Type: &resourceType, Properties: &properties}
	resource := awscdk.NewCfnResource(stack, &id, props)
	return resource.GetAtt(&name, awscdk.ResolutionTypeHint_STRING).ToString()
}

// database is the address of a new database.
func database(stack awscdk.Stack, id string) *string {
	return attribute(stack, id, "AWS::RDS::DBInstance", "Endpoint.Address", object{
		"Engine": "postgres", "DBInstanceClass": "db.t4g.micro", "AllocatedStorage": "20",
		"MasterUsername": "owner", "ManageMasterUserPassword": true, "StorageEncrypted": true,
	})
}

// graph is the URL of a new GraphQL API.
func graph(stack awscdk.Stack, id string) *string {
	return attribute(stack, id, "AWS::AppSync::GraphQLApi", "GraphQLUrl", object{
		"Name": id, "AuthenticationType": "AWS_IAM",
	})
}

// balancer is the name of a new load balancer.
func balancer(stack awscdk.Stack, network awsec2.IVpc) *string {
	return attribute(stack, "Balancer", "AWS::ElasticLoadBalancingV2::LoadBalancer", "DNSName", object{
		"Scheme": "internet-facing", "Subnets": network.SelectSubnets(&awsec2.SubnetSelection{
			SubnetType: awsec2.SubnetType_PUBLIC,
		}).SubnetIds,
	})
}

// vpcApp has a function in a VPC, beside a database and a GraphQL API. Its distribution has a load balancer as origin.
var vpcApp = localApp{
	name: "Vpc",
	build: func(_ *testing.T, stage constructs.Construct) {
		stack := newStack(stage, "Stack", "eu-west-1")
		props := nodeFunction(environmentCode)
		props.Vpc = awsec2.NewVpc(stack, jsii.String("Network"), &awsec2.VpcProps{
			AvailabilityZones: jsii.Strings("eu-west-1a", "eu-west-1b"),
		})
		props.Environment = &map[string]*string{
			"DATABASE": database(stack, "Database"),
			"GRAPHQL":  graph(stack, "Graph"),
		}
		openUrl(awslambda.NewFunction(stack, jsii.String("Function"), props))
		awscloudfront.NewDistribution(stack, jsii.String("Cdn"), &awscloudfront.DistributionProps{
			DefaultBehavior: &awscloudfront.BehaviorOptions{
				Origin: urlOrigin(stack, "New", "return 'new'", awslambda.FunctionUrlAuthType_AWS_IAM),
			},
			AdditionalBehaviors: &map[string]*awscloudfront.BehaviorOptions{
				"/legacy/*": {Origin: awscloudfrontorigins.NewHttpOrigin(balancer(stack, props.Vpc), nil)},
			},
		})
	},
	said: []string{
		"\n  attribute Endpoint.Address of AWS::RDS::DBInstance:\n",
		"\n    Vpc/Stack/Database Endpoint.Address  is furl-unknown-Vpc-Stack-Database-Endpoint.Address\n",
		"\n  attribute GraphQLUrl of AWS::AppSync::GraphQLApi:\n",
		"\n    Vpc/Stack/Graph GraphQLUrl  is furl-unknown-Vpc-Stack-Graph-GraphQLUrl\n",
		"\n    Vpc/Stack/Balancer DNSName  is furl-unknown-Vpc-Stack-Balancer-DNSName\n",
	},
	listed: map[string]string{
		"resources of type AWS::AppSync::GraphQLApi: ":                                         "Vpc/Stack/Graph",
		"resources of type AWS::EC2::VPC: ":                                                    "Vpc/Stack/Network",
		"resources of type AWS::RDS::DBInstance: ":                                             "Vpc/Stack/Database",
		"origin furl-unknown-Vpc-Stack-Balancer-DNSName: requests to it are answered with 502": "Vpc/Stack/Cdn",
	},
	asks: []ask{
		{
			name: "database", why: "the function runs with a placeholder",
			of: "Stack/Function/FunctionUrl", target: "/", status: 200,
			want: `"DATABASE":"furl-unknown-Vpc-Stack-Database-Endpoint.Address"`,
		},
		{
			name: "GraphQL", why: "the function runs with a placeholder",
			of: "Stack/Function/FunctionUrl", target: "/", status: 200,
			want: `"GRAPHQL":"furl-unknown-Vpc-Stack-Graph-GraphQLUrl"`,
		},
		{name: "origin", why: "all else works", of: "Stack/Cdn", target: "/", status: 200, want: "new"},
		{
			name: "load balancer", why: "only AWS knows its name", of: "Stack/Cdn", target: "/legacy/x",
			status: 502, logged: "furl-unknown-Vpc-Stack-Balancer-DNSName",
		},
	},
}

// valuesApp takes values from everywhere. Some are given on furl's command line.
var valuesApp = localApp{
	name: "Values",
	build: func(_ *testing.T, stage constructs.Construct) {
		stack := newStack(stage, "Stack", "eu-west-1")
		parameter := func(id string, props *awscdk.CfnParameterProps) awscdk.CfnParameter {
			return awscdk.NewCfnParameter(stack, jsii.String(id), props)
		}
		props := nodeFunction(environmentCode)
		props.Timeout = awscdk.Duration_Seconds(parameter("Seconds", &awscdk.CfnParameterProps{
			Type: jsii.String("Number"), Default: 20,
		}).ValueAsNumber())
		props.Environment = &map[string]*string{
			"LEVEL": awsssm.StringParameter_ValueForStringParameter(stack, jsii.String("/app/level"), nil),
			"LIMIT": awscdk.NewCfnDynamicReference(awscdk.CfnDynamicReferenceService_SSM, jsii.String("/app/limit")).
				ToString(),
			"GREETING": parameter("Greeting", nil).ValueAsString(),
			"FAREWELL": parameter("Farewell", nil).ValueAsString(),
			"SHARED":   awscdk.Fn_ImportValue(jsii.String("shared:Queue")),
			"MODE":     jsii.String("aws"),
		}
		openUrl(awslambda.NewFunction(stack, jsii.String("Function"), props))
	},
	args: []string{
		"--parameter", "Values-Stack.Greeting=good morning", "--parameter", "/app/limit=7",
		"--env", "Values/Stack/*:MODE=here",
	},
	said: []string{
		"\n  SSM parameter:\n    /app/level  is furl-unknown-app-level\n",
		"    Values-Stack.Farewell  is furl-unknown-Values-Stack.Farewell\n",
		"    shared:Queue  is furl-unknown-shared-Queue\n",
	},
	asks: []ask{
		{
			name: "SSM value", why: "nobody gives it", of: "Stack/Function/FunctionUrl", target: "/",
			status: 200, want: `"LEVEL":"furl-unknown-app-level"`,
		},
		{
			name: "dynamic reference", why: "--parameter gives it", of: "Stack/Function/FunctionUrl", target: "/",
			status: 200, want: `"LIMIT":"7"`,
		},
		{
			name: "parameter", why: "--parameter gives it", of: "Stack/Function/FunctionUrl", target: "/",
			status: 200, want: `"GREETING":"good morning"`,
		},
		{
			name: "import", why: "its stack is elsewhere", of: "Stack/Function/FunctionUrl", target: "/",
			status: 200, want: `"SHARED":"furl-unknown-shared-Queue"`,
		},
		{
			name: "variable", why: "--env gives it", of: "Stack/Function/FunctionUrl", target: "/",
			status: 200, want: `"MODE":"here"`,
		},
	},
}

// foreignArchitecture is an architecture that this machine does not have.
func foreignArchitecture() (awslambda.Architecture, elf.Machine) {
	if runtime.GOARCH == "arm64" {
		return awslambda.Architecture_X86_64(), elf.EM_X86_64
	}
	return awslambda.Architecture_ARM_64(), elf.EM_AARCH64
}

// foreignProgram is a folder with a bootstrap for Linux on that machine. It is only the header of such a file.
func foreignProgram(t *testing.T, machine elf.Machine) *string {
	t.Helper()
	header := elf.Header64{
		Ident: [elf.EI_NIDENT]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), 1},
		Type:  uint16(elf.ET_EXEC), Machine: uint16(machine), Version: 1, Ehsize: 64,
	}
	content, err := binary.Append(nil, binary.LittleEndian, header)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "bootstrap"), content, 0o755); err != nil {
		t.Fatal(err)
	}
	return &dir
}

// Reasons of the two functions of runtimesApp that cannot run.
const (
	foreignReason = "its bootstrap is built for linux/"
	imageReason   = "it is a container image"
)

// runtimesApp has a function of each kind of runtimes. Two of them cannot run here.
var runtimesApp = localApp{
	name: "Runtimes",
	build: func(t *testing.T, stage constructs.Construct) {
		stack := newStack(stage, "Stack", "eu-west-1")
		add := func(id string, runtime awslambda.Runtime, handler string, code awslambda.Code) {
			openUrl(awslambda.NewFunction(stack, jsii.String(id), &awslambda.FunctionProps{
				Runtime: runtime, Handler: &handler, Code: code,
			}))
		}
		version := "exports.handler = async () => process.version"
		add("Node22", awslambda.Runtime_NODEJS_22_X(), "index.handler", awslambda.Code_FromInline(&version))
		add("Node24", awslambda.Runtime_NODEJS_24_X(), "index.handler", awslambda.Code_FromInline(&version))
		add("Inline", awslambda.Runtime_PYTHON_3_13(), "index.handler", awslambda.Code_FromInline(
			jsii.String("def handler(event, context):\n    return {'body': 'Python at ' + event['rawPath']}")))
		add("Words", awslambda.Runtime_PYTHON_3_13(), "main.handler",
			awslambda.Code_FromAsset(jsii.String("testdata/apps/python"), nil))
		architecture, machine := foreignArchitecture()
		openUrl(awslambda.NewFunction(stack, jsii.String("Foreign"), &awslambda.FunctionProps{
			Runtime: awslambda.Runtime_PROVIDED_AL2023(), Handler: jsii.String("bootstrap"),
			Architecture: architecture, Code: awslambda.Code_FromAsset(foreignProgram(t, machine), nil),
		}))
		repository := awsecr.NewRepository(stack, jsii.String("Images"), nil)
		openUrl(awslambda.NewDockerImageFunction(stack, jsii.String("Image"), &awslambda.DockerImageFunctionProps{
			Code: awslambda.DockerImageCode_FromEcr(repository, nil),
		}))
	},
	said: []string{
		"\n  Runtimes/Stack/Foreign cannot run here: " + foreignReason,
		"--run 'Runtimes/Stack/Foreign=COMMAND'\n",
		"\n  function Runtimes/Stack/Image: ",
		imageReason,
		"--run 'Runtimes/Stack/Image=COMMAND'\n",
	},
	asks: []ask{
		{name: "Node 22", why: "by version", of: "Stack/Node22/FunctionUrl", target: "/", status: 200, want: "v22."},
		{name: "Node 24", why: "by version", of: "Stack/Node24/FunctionUrl", target: "/", status: 200, want: "v24."},
		{
			name: "Python inline", why: "the template has its code", of: "Stack/Inline/FunctionUrl", target: "/x",
			status: 200, want: "Python at /x",
		},
		{
			name: "Python asset", why: "with a module beside the handler", of: "Stack/Words/FunctionUrl", target: "/",
			method: "POST", body: "one two three", header: map[string]string{"Content-Type": "text/plain"},
			status: 200, want: "3 words",
		},
		{
			name: "another processor", why: "this machine cannot run it", of: "Stack/Foreign/FunctionUrl", target: "/",
			status: 502, logged: foreignReason,
		},
		{
			name: "container image", why: "furl runs no images", of: "Stack/Image/FunctionUrl", target: "/",
			status: 502, logged: imageReason,
		},
	},
}

// layersApp has a function that needs the module and the program of a layer.
var layersApp = localApp{
	name: "Layers",
	build: func(_ *testing.T, stage constructs.Construct) {
		stack := newStack(stage, "Stack", "eu-west-1")
		layer := awslambda.NewLayerVersion(stack, jsii.String("Greetings"), &awslambda.LayerVersionProps{
			Code: awslambda.Code_FromAsset(jsii.String("testdata/apps/layer"), nil),
		})
		elsewhere := awslambda.LayerVersion_FromLayerVersionArn(stack, jsii.String("Elsewhere"),
			jsii.String(elsewhereLayer))
		add := func(id, code string, layers ...awslambda.ILayerVersion) {
			props := nodeFunction(code)
			props.Layers = &layers
			openUrl(awslambda.NewFunction(stack, jsii.String(id), props))
		}
		add("Module", "return require('greeting').greeting", layer)
		add("Program", "return require('node:child_process').execFileSync('greet').toString()", layer, elsewhere)
	},
	listed: map[string]string{
		"layer " + elsewhereLayer + " (--layer " + elsewhereLayer + "=FOLDER ": "Layers/Stack/Program",
	},
	asks: []ask{
		{
			name: "module", why: "of /opt/nodejs/node_modules", of: "Stack/Module/FunctionUrl", target: "/",
			status: 200, want: "hello from a module of the layer",
		},
		{
			name: "program", why: "of /opt/bin", of: "Stack/Program/FunctionUrl", target: "/",
			status: 200, want: "hello from a program of the layer",
		},
	},
}

// elsewhereLayer is a layer of somebody else's account.
const elsewhereLayer = "arn:aws:lambda:eu-west-1:444455556666:layer:tracing:7"
