package awsapi

import (
	"errors"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"

	"github.com/furl-cdk/furl/local/internal/iam"
)

func TestAssumeRole(t *testing.T) {
	a := start(t, setup{})
	output, err := a.lease(t, func(input *sts.AssumeRoleInput) {
		input.SourceIdentity, input.DurationSeconds = aws.String("alice@7f"), aws.Int32(1200)
		input.Tags = []types.Tag{
			{Key: aws.String("team"), Value: aws.String("red")}, {Key: aws.String("stage"), Value: aws.String("")},
		}
		input.Policy = aws.String(`{"Version":"2012-10-17",` +
			`"Statement":{"Effect":"Allow","Action":"lambda:*","Resource":"*"}}`)
	})
	if err != nil {
		t.Fatalf("%v\n%s", err, a.log)
	}
	if want := "arn:aws:sts::111122223333:assumed-role/leased/alice"; *output.AssumedRoleUser.Arn != want {
		t.Errorf("ARN %s, want %s", *output.AssumedRoleUser.Arn, want)
	}
	if want := a.leased.ID + ":alice"; *output.AssumedRoleUser.AssumedRoleId != want {
		t.Errorf("id %s, want %s", *output.AssumedRoleUser.AssumedRoleId, want)
	}
	if *output.SourceIdentity != "alice@7f" {
		t.Errorf("source identity %s", *output.SourceIdentity)
	}
	if want := a.clock().Add(20 * time.Minute); !output.Credentials.Expiration.Equal(want) {
		t.Errorf("expires at %s, want %s", output.Credentials.Expiration, want)
	}
	keyForm := regexp.MustCompile(`^ASIA[A-Z2-7]{16}$`)
	if keys := output.Credentials; !keyForm.MatchString(*keys.AccessKeyId) || len(*keys.SecretAccessKey) != 40 {
		t.Error("credentials not of AWS's form")
	}
	identity, ok := a.store.Lookup(*output.Credentials.AccessKeyId)
	if !ok || identity.Role != a.leased || identity.Policy == nil || identity.SourceIdentity != "alice@7f" ||
		!identity.IssuedAt.Equal(a.clock()) || len(identity.Tags) != 2 || identity.Tags["team"] != "red" {
		t.Errorf("the store has %+v", identity)
	}

	who, err := sts.NewFromConfig(a.as(session(output))).GetCallerIdentity(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	user := output.AssumedRoleUser
	if *who.Arn != *user.Arn || *who.UserId != *user.AssumedRoleId || *who.Account != account {
		t.Errorf("GetCallerIdentity: %s %s %s", *who.Arn, *who.UserId, *who.Account)
	}
	a.expectDiscretion(t, "")
}

// TestAssumeRoleDefaults checks that a session lasts an hour and has no source identity. The SDK sends an empty
// list of tags.
func TestAssumeRoleDefaults(t *testing.T) {
	a := start(t, setup{})
	output, err := a.lease(t, func(input *sts.AssumeRoleInput) { input.Tags = []types.Tag{} })
	if err != nil {
		t.Fatal(err)
	}
	if want := a.clock().Add(time.Hour); !output.Credentials.Expiration.Equal(want) || output.SourceIdentity != nil {
		t.Errorf("expires at %s, want %s; source identity %v", output.Credentials.Expiration, want,
			output.SourceIdentity)
	}
}

// TestSessionLimit checks that the limit of the configuration shortens a session, and lengthens none.
func TestSessionLimit(t *testing.T) {
	for limit, want := range map[time.Duration]time.Duration{
		20 * time.Second: 20 * time.Second, 2 * time.Hour: time.Hour,
	} {
		a := start(t, setup{change: func(config *Config) { config.SessionLimit = limit }})
		output, err := a.lease(t, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := output.Credentials.Expiration.Sub(a.clock()); got != want {
			t.Errorf("limit %s: a session of %s, want %s", limit, got, want)
		}
	}
}

// TestExpiry checks that credentials hold until the second in which they expire. The credentials of a function's role
// never expire.
func TestExpiry(t *testing.T) {
	a := start(t, setup{change: func(config *Config) { config.SessionLimit = 20 * time.Second }})
	output, err := a.lease(t, nil)
	if err != nil {
		t.Fatal(err)
	}
	leased, caller := sts.NewFromConfig(a.as(session(output))), sts.NewFromConfig(a.as(a.credentials))
	a.advance(20*time.Second - time.Nanosecond)
	if _, err := leased.GetCallerIdentity(t.Context(), nil); err != nil {
		t.Errorf("before the end: %v", err)
	}
	a.advance(time.Nanosecond)
	_, err = leased.GetCallerIdentity(t.Context(), nil)
	a.expectRefusal(t, "at the end", err, 403, "ExpiredToken", "The security token included in the request is expired")
	if _, err := caller.GetCallerIdentity(t.Context(), nil); err != nil {
		t.Errorf("the function's own credentials: %v", err)
	}
}

// TestAssumeRoleProvider uses the SDK's provider and cache, as functions do. Many callers at once share one
// session. A new session is fetched once the window before the expiry has begun.
func TestAssumeRoleProvider(t *testing.T) {
	a := start(t, setup{})
	client := sts.NewFromConfig(a.as(a.credentials))
	provider := stscreds.NewAssumeRoleProvider(client, leasedARN, func(o *stscreds.AssumeRoleOptions) {
		o.Duration, o.SourceIdentity = 15*time.Minute, aws.String("alice")
	})
	const window = 5 * time.Minute
	cache := aws.NewCredentialsCache(provider, func(o *aws.CredentialsCacheOptions) { o.ExpiryWindow = window })
	keys := make([]string, 20)
	var group sync.WaitGroup
	for i := range keys {
		group.Go(func() {
			found, err := cache.Retrieve(t.Context())
			if err != nil || !found.CanExpire || !found.Expires.Equal(a.clock().Add(15*time.Minute-window)) {
				t.Errorf("%+v, %v", found.Expires, err)
			}
			keys[i] = found.AccessKeyID
		})
	}
	group.Wait()
	for _, key := range keys {
		if key != keys[0] {
			t.Errorf("sessions %s and %s, want one for all", keys[0], key)
		}
	}
	identity, _ := a.store.Lookup(keys[0])
	if identity == nil || identity.SourceIdentity != "alice" ||
		!strings.HasPrefix(identity.SessionName, "aws-go-sdk-") {
		t.Errorf("the store has %+v", identity)
	}

	cache = aws.NewCredentialsCache(provider, func(o *aws.CredentialsCacheOptions) {
		o.ExpiryWindow = 15 * time.Minute
	})
	first, err := cache.Retrieve(t.Context())
	second, secondErr := cache.Retrieve(t.Context())
	if err != nil || secondErr != nil || first.AccessKeyID == second.AccessKeyID {
		t.Errorf("%v, %v: the cache gave an expired session twice", err, secondErr)
	}
}

// TestMalformedPolicyType checks that the SDK knows the error by its type.
func TestMalformedPolicyType(t *testing.T) {
	a := start(t, setup{})
	_, err := a.lease(t, func(input *sts.AssumeRoleInput) { input.Policy = aws.String("{") })
	var malformed *types.MalformedPolicyDocumentException
	if !errors.As(err, &malformed) {
		t.Errorf("%T %v", err, err)
	}
}

// TestRoleChaining lets a leased session assume another role. Its source identity stays. Its tags do not, since
// they are not transitive.
func TestRoleChaining(t *testing.T) {
	next := role(t, "arn:aws:iam::111122223333:role/next",
		`{"Effect":"Allow","Principal":{"AWS":"`+leasedARN+`"},"Action":["sts:AssumeRole","sts:SetSourceIdentity"]}`,
		"")
	may := `{"Effect":"Allow","Action":["sts:AssumeRole","sts:SetSourceIdentity"],"Resource":"*"}`
	for _, row := range []struct {
		name, why, leased string
		change            func(*sts.AssumeRoleInput)
		message           string // "" if it is allowed
	}{
		{name: "inherited", why: "it stays without being asked for", leased: may},
		{
			name: "the same", why: "saying it again changes nothing",
			leased: may, change: func(input *sts.AssumeRoleInput) { input.SourceIdentity = aws.String("alice") },
		},
		{
			name: "another", why: "it cannot be changed",
			leased: may, change: func(input *sts.AssumeRoleInput) { input.SourceIdentity = aws.String("bob") },
			message: "sts:SetSourceIdentity",
		},
		{
			name: "not allowed to the session", why: "inherited or not, the caller's policy must allow it",
			message: "sts:SetSourceIdentity",
		},
		{
			name: "over an hour", why: "role chaining ends after one",
			leased: may, change: func(input *sts.AssumeRoleInput) { input.DurationSeconds = aws.Int32(3601) },
			message: "1 hour session limit",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			a := start(t, setup{leased: row.leased, change: func(config *Config) {
				before := config.Role
				config.Role = func(arn string) (*iam.Role, error) {
					if arn == next.ARN {
						return next, nil
					}
					return before(arn)
				}
			}})
			output, err := a.lease(t, func(input *sts.AssumeRoleInput) {
				input.SourceIdentity = aws.String("alice")
				input.Tags = []types.Tag{{Key: aws.String("team"), Value: aws.String("red")}}
			})
			if err != nil {
				t.Fatal(err)
			}
			input := &sts.AssumeRoleInput{RoleArn: aws.String(next.ARN), RoleSessionName: aws.String("second")}
			if row.change != nil {
				row.change(input)
			}
			second, err := sts.NewFromConfig(a.as(session(output))).AssumeRole(t.Context(), input)
			if row.message != "" {
				if err == nil || !strings.Contains(err.Error(), row.message) {
					t.Errorf("%s: got %v, want an error that contains %q", row.why, err, row.message)
				}
				return
			}
			if err != nil {
				t.Fatalf("%s: %v\n%s", row.why, err, a.log)
			}
			identity, _ := a.store.Lookup(*second.Credentials.AccessKeyId)
			if *second.SourceIdentity != "alice" || identity.SourceIdentity != "alice" || len(identity.Tags) != 0 {
				t.Errorf("%s: source identity %s, tags %v", row.why, *second.SourceIdentity, identity.Tags)
			}
		})
	}
}

// TestAssumptionOnTheWire sends requests that no SDK writes.
func TestAssumptionOnTheWire(t *testing.T) {
	a := start(t, setup{})
	good := "Action=AssumeRole&Version=2011-06-15&RoleSessionName=alice&RoleArn=" + url.QueryEscape(leasedARN)
	for _, row := range []struct {
		name, why, query, body string
		status                 int
		code                   string // "" if it is allowed
	}{
		{name: "sound", why: "nothing to refuse", body: good, status: 200},
		{
			name: "tags", why: "in any order",
			body:   good + "&Tags.member.2.Value=b&Tags.member.2.Key=B&Tags.member.1.Key=A&Tags.member.1.Value=a",
			status: 200,
		},
		{
			name: "parameter twice", why: "which one?",
			body: good + "&Policy=%7B%7D&Policy=%7B%7D", status: 400, code: "ValidationError",
		},
		{
			name: "parameter in the query", why: "AWS reads both, so one must not be passed over",
			query: "Policy=%7B%7D", body: good, status: 404, code: "MalformedQueryString",
		},
		{
			name: "list of a plain parameter", why: "it would be passed over",
			body: good + "&Policy.member.1=%7B%7D", status: 400, code: "ValidationError",
		},
		{
			name: "tag with a gap", why: "it would be passed over",
			body: good + "&Tags.member.2.Key=A&Tags.member.2.Value=a", status: 400, code: "ValidationError",
		},
		{
			name: "tag after a gap", why: "it would be passed over",
			body:   good + "&Tags.member.1.Key=A&Tags.member.1.Value=a&Tags.member.3.Key=B&Tags.member.3.Value=b",
			status: 400, code: "ValidationError",
		},
		{
			name: "tag without value", why: "required",
			body: good + "&Tags.member.1.Key=A", status: 400, code: "ValidationError",
		},
		{
			name: "tag without key", why: "required",
			body: good + "&Tags.member.1.Value=a", status: 400, code: "ValidationError",
		},
		{
			name: "tags unbalanced", why: "a value for another key",
			body: good + "&Tags.member.1.Key=A&Tags.member.2.Value=a", status: 400, code: "ValidationError",
		},
		{
			name: "other list", why: "not a member",
			body: good + "&Tags.entry.1.Key=A", status: 400, code: "ValidationError",
		},
		{
			name: "duration not a number", why: "900 to 43200",
			body: good + "&DurationSeconds=1e3", status: 400, code: "ValidationError",
		},
		{
			name: "duration that overflows", why: "18446744074 s are a third of a second in 64 bits",
			body: good + "&DurationSeconds=18446744074", status: 400, code: "ValidationError",
		},
		{
			name: "broken escape", why: "unreadable",
			body: good + "&Policy=%zz", status: 404, code: "MalformedQueryString",
		},
		{
			name: "other version", why: "there is one",
			body: strings.Replace(good, "2011-06-15", "2010-05-08", 1), status: 400, code: "InvalidAction",
		},
		{
			name: "other action", why: "not simulated",
			body: strings.Replace(good, "AssumeRole", "GetSessionToken", 1), status: 400, code: "InvalidAction",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			status, body := a.post(t, "sts", row.query, row.body)
			code := ""
			if found := regexp.MustCompile(`<Code>(\w+)</Code>`).FindStringSubmatch(body); found != nil {
				code = found[1]
			}
			if status != row.status || code != row.code {
				t.Errorf("%s: %d %s, want %d %s: %s", row.why, status, code, row.status, row.code, body)
			}
		})
	}
}
