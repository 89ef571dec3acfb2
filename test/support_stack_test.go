package test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	furl "github.com/furl-cdk/furl/constructs"
)

// TestSupportStackFollowsParent checks that a support stack has its parent's tags and termination protection. The
// parent's settings may come before or after the support stack is made.
func TestSupportStackFollowsParent(t *testing.T) {
	for _, row := range []struct {
		name, why string
		context   map[string]any
		before    bool
		tags      map[string]string // of the support stack
		resources map[string]string // of its resources
	}{
		{
			name: "before", why: "tags of a stack are its resources' too", before: true,
			tags: map[string]string{"given": "1", "team": "orders"}, resources: map[string]string{"team": "orders"},
		},
		{
			name: "after", why: "the order of the program must not matter",
			tags: map[string]string{"given": "1", "team": "orders"}, resources: map[string]string{"team": "orders"},
		},
		{
			name: "explicit stack tags", why: "cdk init sets this flag: Tags_Of tags resources only then",
			context: map[string]any{"@aws-cdk/core:explicitStackTags": true},
			tags:    map[string]string{"given": "1"}, resources: map[string]string{"team": "orders"},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			app := newApp(t)
			for key, value := range row.context {
				app.Node().SetContext(&key, value)
			}
			stack := awscdk.NewStack(app, jsii.String("Demo"), &awscdk.StackProps{
				Env:  &awscdk.Environment{Account: jsii.String(account), Region: jsii.String("ap-northeast-1")},
				Tags: &map[string]*string{"given": jsii.String("1")},
			})
			settings := func() {
				awscdk.Tags_Of(stack).Add(jsii.String("team"), jsii.String("orders"), nil)
				awscdk.Tags_Of(stack).Add(jsii.String("urls"), jsii.String("1"), &awscdk.TagProps{
					IncludeResourceTypes: jsii.Strings("AWS::Lambda::Url"),
				})
				stack.SetTerminationProtection(jsii.Bool(true))
			}
			if row.before {
				settings()
			}
			furl.NewEdgeSigner(stack, jsii.String("Signer"), nil).AllowInvoke(newFunction(stack, "Function"))
			if !row.before {
				settings()
			}
			assembly := synth(t, app)
			edge := assembly.edge(t, "Demo", "ap-northeast-1")
			_, role := edge.only(t, "AWS::IAM::Role")
			if got := tagsOf(properties(role)); !maps.Equal(got, row.resources) {
				t.Errorf("the role has the tags %v, want %v (%s)", got, row.resources, row.why)
			}
			protected, tags := supportArtifact(t, assembly.dir, edge.name)
			if !protected || !maps.Equal(tags, row.tags) {
				t.Errorf("the support stack is protected: %v, and has the tags %v, want %v (%s)",
					protected, tags, row.tags, row.why)
			}
		})
	}
}

func tagsOf(properties map[string]any) map[string]string {
	tags := map[string]string{}
	list, _ := properties["Tags"].([]any)
	for _, entry := range list {
		tag := entry.(map[string]any)
		tags[tag["Key"].(string)] = tag["Value"].(string)
	}
	return tags
}

// supportArtifact reads a stack's settings in the manifest.
func supportArtifact(t *testing.T, dir, id string) (protected bool, tags map[string]string) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	var manifest struct {
		Artifacts map[string]struct {
			Properties struct {
				TerminationProtection bool
				Tags                  map[string]string
			}
		}
	}
	if err := json.Unmarshal(data, &manifest); err != nil {
		t.Fatal(err)
	}
	found := manifest.Artifacts[id].Properties
	return found.TerminationProtection, found.Tags
}
