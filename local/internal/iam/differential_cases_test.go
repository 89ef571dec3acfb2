package iam

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// object is a piece of a policy.
type object = map[string]any

// simulation is a random request with random policies.
type simulation struct {
	caller   string // the ARN of a role, the name of a service, or "" for nobody
	action   string
	resource string
	account  string // of the resource
	context  map[string][]string

	identity, session, boundary, onResource object // nil for none
}

const (
	roleSession = "edge"
	service     = "cloudfront.amazonaws.com"
)

// generator makes random simulations.
type generator struct{ *rand.Rand }

func (g generator) chance(percent int) bool { return g.IntN(100) < percent }

func (g generator) one(of ...string) string { return of[g.IntN(len(of))] }

func (g generator) simulation() *simulation {
	s := &simulation{account: account}
	switch g.IntN(20) {
	case 0:
		s.caller = ""
	case 1:
		s.caller = service
	case 2:
		s.caller = signerARN
	case 3, 4, 5, 6:
		s.caller = foreignRole
	default:
		s.caller = "arn:aws:iam::" + account + ":role/signer"
	}
	s.action = g.one("lambda:InvokeFunctionUrl", "lambda:InvokeFunction", "lambda:InvokeFunctionUrl",
		"secretsmanager:GetSecretValue", "sts:AssumeRole")
	s.resource = map[string]string{
		"lambda:InvokeFunctionUrl": functionARN, "lambda:InvokeFunction": functionARN, "sts:AssumeRole": leasedARN,
		"secretsmanager:GetSecretValue": "arn:aws:secretsmanager:ap-northeast-1:111122223333:secret:made-AbCdEf",
	}[s.action]
	s.context = g.context(s)
	if g.chance(60) {
		g.focus(s)
		return s
	}
	if s.hasRole() {
		s.identity = g.policy(s, false)
		if g.chance(25) {
			s.session = g.policy(s, false)
		}
		if g.chance(25) {
			s.boundary = g.policy(s, false)
		}
	}
	if s.action == "sts:AssumeRole" || !s.hasRole() || g.chance(70) {
		s.onResource = g.policy(s, true)
	}
	return s
}

// focus gives a simulation policies whose outcome is that of one statement with one random element.
func (g generator) focus(s *simulation) {
	everything := func() object { return object{"Effect": "Allow", "Action": "*", "Resource": "*"} }
	document := func(statements ...any) object {
		return object{"Version": "2012-10-17", "Statement": statements}
	}
	focused := everything()
	switch g.IntN(4) {
	case 0:
		delete(focused, "Resource")
		focused[g.negated("Resource")] = g.list(g.resourceText, s)
	default:
		operator, key, texts := g.condition()
		focused["Condition"] = object{operator: object{key: texts}}
	}
	statements := []any{focused}
	if g.chance(40) {
		focused["Effect"], statements = "Deny", []any{everything(), focused}
	}
	open := everything()
	open["Principal"] = "*"
	s.onResource = document(open)
	if !s.hasRole() {
		focused["Principal"] = "*"
		s.onResource = document(focused)
		for _, key := range []string{"Resource", "NotResource"} {
			if focused[key] != nil {
				focused[key] = "*"
			}
		}
		return
	}
	if s.action == "sts:AssumeRole" {
		delete(open, "Resource")
		open["Principal"] = object{"AWS": strings.Split(s.caller, ":")[4]}
	} else if strings.Contains(s.caller, account) {
		s.onResource = nil
	}
	s.identity = document(everything())
	switch g.IntN(3) {
	case 0:
		s.boundary = document(statements...)
	case 1:
		open["Principal"] = object{"AWS": s.caller}
		s.session = document(statements...)
	default:
		s.identity = document(statements...)
	}
}

// hasRole reports whether the caller is the session of a role.
func (s *simulation) hasRole() bool { return strings.HasPrefix(s.caller, "arn:") }

// context gives most keys a value.
func (g generator) context(s *simulation) map[string][]string {
	context := map[string][]string{}
	for _, family := range sortedKeys(values) {
		for _, key := range keysOf(family) {
			switch {
			case strings.HasPrefix(key, "aws:ResourceTag/") && !strings.HasPrefix(s.action, "lambda:"), g.chance(25):
			case family == "List":
				all := values[family][key]
				context[key] = all[:1+g.IntN(len(all))]
			case family == "String" && g.chance(2):
				context[key] = []string{""}
			default:
				context[key] = []string{g.one(values[family][key]...)}
			}
		}
	}
	if s.hasRole() {
		context["aws:PrincipalAccount"] = []string{strings.Split(s.caller, ":")[4]}
	}
	return context
}

func (g generator) policy(s *simulation, onResource bool) object {
	var statements []any
	for range 1 + g.IntN(3) {
		statements = append(statements, g.statement(s, onResource))
	}
	policy := object{"Version": "2012-10-17", "Statement": statements}
	if g.chance(3) {
		policy["Version"] = "2008-10-17"
	}
	return policy
}

func (g generator) statement(s *simulation, onResource bool) object {
	statement := object{"Effect": "Allow"}
	if g.chance(25) {
		statement["Effect"] = "Deny"
	}
	statement[g.negated("Action")] = g.list(g.actionText, s)
	if onResource {
		statement["Principal"] = g.principal(s)
	}
	if !onResource || s.action != "sts:AssumeRole" { // a trust policy has no Resource
		text := g.resourceText
		if onResource { // ours takes no incomplete ARN there
			text = func(s *simulation) string { return completeOnly(g.resourceText(s)) }
		}
		statement[g.negated("Resource")] = g.list(text, s)
	}
	if g.chance(50) {
		conditions := object{}
		for range 1 + g.IntN(2) {
			operator, key, texts := g.condition()
			conditions[operator] = object{key: texts}
		}
		statement["Condition"] = conditions
	}
	return statement
}

// negated turns the name of an element into that of its negation at times.
func (g generator) negated(element string) string {
	if g.chance(12) {
		return "Not" + element
	}
	return element
}

// list makes one text or a list of texts.
func (g generator) list(text func(*simulation) string, s *simulation) any {
	if g.chance(70) {
		return text(s)
	}
	return []any{text(s), text(s)}
}

func (g generator) actionText(s *simulation) string {
	prefix, name, _ := strings.Cut(s.action, ":")
	return g.one(s.action, s.action, "*", prefix+":*", strings.ToUpper(prefix)+":"+strings.ToLower(name),
		prefix+":"+name[:4]+"*", prefix+":"+"?"+name[1:], prefix+":"+name+"?", "s3:*")
}

func (g generator) resourceText(s *simulation) string {
	parts := strings.SplitN(s.resource, ":", 6)
	with := func(index int, text string) string {
		changed := append([]string{}, parts...)
		changed[index] = text
		return strings.Join(changed, ":")
	}
	kind, name, _ := strings.Cut(parts[5], ":")
	if g.chance(2) {
		return "arn:aws:" + parts[2] + ":*:" + parts[5]
	}
	return g.one(s.resource, "*", s.resource, with(3, "*"), with(4, "*"), with(5, parts[5][:9]+"*"), s.resource+"*",
		with(5, "*"), with(3, "ap-*-1"), with(4, "1111?222*"), with(5, kind+":"+name[:len(name)/2]+"?*"),
		with(5, parts[5]+"x"), with(3, "eu-west-1"), with(5, kind+":${aws:PrincipalTag/team}"),
		with(5, kind+":or${*}ers"), with(4, "${aws:PrincipalAccount}"), "arn:aws:"+parts[2],
		"arn:aws:"+parts[2]+":ap*3:"+parts[5], "arn:aws:s3:::bucket/*")
}

// completeOnly replaces an incomplete ARN.
func completeOnly(arn string) string {
	if strings.Count(arn, ":") < 5 && arn != "*" {
		return "arn:aws:s3:::bucket"
	}
	return arn
}

func (g generator) principal(s *simulation) any {
	caller := s.caller
	if !s.hasRole() {
		caller = "arn:aws:iam::" + account + ":role/signer"
	}
	callerAccount := strings.Split(caller, ":")[4]
	aws := []string{
		"*", caller, sessionARNOf(caller), callerAccount, "arn:aws:iam::" + callerAccount + ":root", foreign,
		"arn:aws:iam::" + callerAccount + ":role/other", sessionARNOf(caller) + "2",
	}
	if g.chance(3) {
		aws = []string{"arn:aws:iam::" + callerAccount + ":role/other/signer"}
	}
	switch g.IntN(8) {
	case 0:
		return "*"
	case 1:
		return object{"Service": service}
	case 2:
		return object{"AWS": g.one(aws...), "Service": "lambda.amazonaws.com"}
	case 3:
		return object{"AWS": []any{g.one(aws...), g.one(aws...)}}
	}
	return object{"AWS": g.one(aws...)}
}

// sessionARNOf is the ARN of the caller's session.
func sessionARNOf(role string) string {
	parts := strings.Split(role, ":")
	name := parts[5][strings.LastIndex(parts[5], "/")+1:]
	return fmt.Sprintf("arn:aws:sts::%s:assumed-role/%s/%s", parts[4], name, roleSession)
}

func (g generator) condition() (operator, key string, texts any) {
	family := g.one(familyNames...)
	key = g.one(keysOf(family)...)
	if g.chance(8) {
		return "Null", key, g.one("true", "false")
	}
	operator = g.one(families[family]...)
	pool := append(append([]string{}, written[family]...), values[family][key]...)
	pool = append(pool, values[family][key]...)
	pool = slices.DeleteFunc(pool, func(text string) bool {
		return text == "no-arn" || family == "IpAddress" && !strings.Contains(text, "/") ||
			key == "aws:EpochTime" && strings.Contains(text, "-")
	})
	if odd := odd[family]; odd != nil && g.chance(5) {
		pool = odd
	}
	set := 8
	if family == "List" {
		set = 80
	}
	if g.chance(set) {
		operator = g.one("ForAllValues:", "ForAnyValue:") + operator
	}
	ifExists := 15
	if strings.HasPrefix(operator, "ForAnyValue:") {
		ifExists = 40
	}
	if g.chance(ifExists) {
		operator += "IfExists"
	}
	if g.chance(70) {
		return operator, key, g.one(pool...)
	}
	return operator, key, []any{g.one(pool...), g.one(pool...)}
}
