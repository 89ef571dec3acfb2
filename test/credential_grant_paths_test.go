package test

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	furl "github.com/furl-cdk/furl/constructs"
)

// roleDescription matches the descriptions that IAM takes for a role (IAM API Reference, CreateRole).
var roleDescription = regexp.MustCompile(`^[\x{0009}\x{000A}\x{000D}\x{0020}-\x{007E}\x{00A1}-\x{00FF}]*$`)

// TestGrantPaths checks the texts that contain a construct's path. A construct's id may have any characters, and each
// text is still valid.
func TestGrantPaths(t *testing.T) {
	const role, handler, api = "May call Function URLs; leased by ", "POST /grant of ", ""
	ascii, latin := strings.Repeat("a", 240), strings.Repeat("é", 200)
	rows := []struct {
		name, why string
		ids       []string // of the constructs between the stack and the grant
		path      string   // in the texts, before they are cut
	}{
		{name: "plain", why: "as it was", ids: []string{"Api"}, path: "Demo/Api/Grant"},
		{
			name: "Latin-1", why: "as it was: IAM takes it", ids: []string{"Café", "Größe"},
			path: "Demo/Café/Größe/Grant",
		},
		{name: "Japanese", why: "IAM takes none of it", ids: []string{"注文", "サービス"}, path: "Demo/??/????/Grant"},
		{name: "emoji", why: "two units of UTF-16, one character", ids: []string{"🚀 go"}, path: "Demo/? go/Grant"},
		{
			name: "joined emoji", why: "five characters that look like one", ids: []string{"👩‍👧‍👦"},
			path: "Demo/?????/Grant",
		},
		{
			name: "right to left", why: "Arabic, and a mark that turns the line", ids: []string{"سلام\u202e"},
			path: "Demo/?????/Grant",
		},
		{
			name: "control characters", why: "0, 27, 127, 133 and 160 are none of IAM's, and CDK takes no line ends",
			ids: []string{"a\x00\x1b\x7f\u0085\u00a0b\tc\nd"}, path: "Demo/a?????b\tc--d/Grant",
		},
		{name: "quotes", why: "what JSON would escape", ids: []string{`"\'<&>`}, path: `Demo/"\'<&>/Grant`},
		{
			name: "long", why: "cut as it was", ids: []string{ascii, ascii},
			path: "Demo/" + ascii + "/" + ascii + "/Grant",
		},
		{
			name: "long Latin-1, odd", why: "a character of two bytes stands across the limit",
			ids: []string{"x" + latin}, path: "Demo/x" + latin + "/Grant",
		},
		{
			name: "long Latin-1, even", why: "for the other of the two texts", ids: []string{latin},
			path: "Demo/" + latin + "/Grant",
		},
		{
			name: "long Japanese", why: "cut after it was made plain", ids: []string{strings.Repeat("長", 250), "短"},
			path: "Demo/" + strings.Repeat("?", 250) + "/?/Grant",
		},
	}
	for _, row := range rows {
		for _, region := range regions {
			t.Run(row.name+" "+region, func(t *testing.T) {
				app := newApp(t)
				stack := newStack(app, "Demo", region)
				var scope constructs.Construct = stack
				for _, id := range row.ids {
					scope = constructs.NewConstruct(scope, jsii.String(id))
				}
				props := grantProps(scope)
				// A pool's authorizer has a name.
				props.Authorizer = furl.CognitoAuthorizer(awscognito.NewUserPool(stack, jsii.String("Pool"), nil))
				newGrant(scope, props)
				main := synth(t, app).stack(t, "Demo")
				texts := 0
				for resourceType, prefix := range map[string]string{
					"AWS::IAM::Role": role, "AWS::Lambda::Function": handler,
					"AWS::ApiGateway::RestApi": handler, "AWS::ApiGateway::Deployment": handler,
				} {
					for id, resource := range main.resources(resourceType) {
						if text, ok := properties(resource)["Description"].(string); ok {
							texts++
							expectDescription(t, id, text, prefix+row.path)
						}
					}
				}
				if texts != 4 {
					t.Errorf("%d descriptions, not those of the role, the Lambda, the API and the deployment", texts)
				}
				_, restApi := main.only(t, "AWS::ApiGateway::RestApi")
				if want := strings.ReplaceAll(row.path, "/", "-"); properties(restApi)["Name"] != want {
					t.Errorf("the API's name is %q, want %q", properties(restApi)["Name"], want)
				}
			})
		}
	}
}

// expectDescription wants a description that IAM and Lambda take. It is the beginning of the whole text, and no further
// character would fit into 256 bytes.
func expectDescription(t *testing.T, id, text, whole string) {
	t.Helper()
	if !utf8.ValidString(text) || !roleDescription.MatchString(text) || len(utf16.Encode([]rune(text))) > 256 {
		t.Errorf("%s: %q is not valid", id, text)
	}
	rest, ok := strings.CutPrefix(whole, text)
	if _, next := utf8.DecodeRuneInString(rest); !ok || rest != "" && len(text)+next <= 256 {
		t.Errorf("%s: %q is not the beginning of %q, cut to 256 bytes", id, text, whole)
	}
}

// TestGrantInNamelessStackPath checks a stack whose id has any characters, and whose name is plain.
func TestGrantInNamelessStackPath(t *testing.T) {
	for _, region := range regions {
		t.Run(region, func(t *testing.T) {
			app := newApp(t)
			stack := awscdk.NewStack(app, jsii.String("在庫🚀"), &awscdk.StackProps{
				StackName: jsii.String("Stock"),
				Env:       &awscdk.Environment{Account: jsii.String(account), Region: jsii.String(region)},
			})
			newGrant(stack, grantProps(stack))
			main := synth(t, app).stack(t, "Stock")
			main.has(t, "AWS::IAM::Role", map[string]any{"Description": "May call Function URLs; leased by ???/Grant"})
			expectGrantMetrics(t, main)
		})
	}
}
