package test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// sharedProps are the fields that SecureFunctionUrlProps and BehaviorProps have in common. A behaviour has them for its
// own path, so they mean the same in both.
var sharedProps = []string{
	"AuthorizationHeader", "Authorizer", "CachePolicy", "ConnectionAttempts", "Cors", "FunctionAssociations",
	"InvokeMode", "KeepaliveTimeout", "OriginAuth", "OriginRequestPolicy", "ReadTimeout",
	"ResponseCompletionTimeout", "ResponseHeadersPolicy",
}

// inheritedProps are the shared fields whose defaults differ, each with the reason.
var inheritedProps = map[string]string{
	"AuthorizationHeader":   "a behaviour inherits it from the SecureFunctionUrl",
	"Authorizer":            "a behaviour inherits it from the SecureFunctionUrl",
	"OriginAuth":            "a behaviour inherits it from the SecureFunctionUrl",
	"ResponseHeadersPolicy": "a behaviour inherits it from the SecureFunctionUrl",
}

// prop is a field of a props struct, as its source has it.
type prop struct{ typeName, fallback string }

// propsIn reads the fields of a struct in Go files. The fallback is the text from "Default:" to the end of the comment.
func propsIn(files []*ast.File, name string) map[string]prop {
	props := map[string]prop{}
	for _, file := range files {
		ast.Inspect(file, func(node ast.Node) bool {
			spec, ok := node.(*ast.TypeSpec)
			if !ok || spec.Name.Name != name {
				return true
			}
			for _, field := range spec.Type.(*ast.StructType).Fields.List {
				_, fallback, _ := strings.Cut(field.Doc.Text(), "Default:")
				for _, ident := range field.Names {
					props[ident.Name] = prop{types.ExprString(field.Type), strings.Join(strings.Fields(fallback), " ")}
				}
			}
			return false
		})
	}
	return props
}

// sharedPropsProblems are the ways in which two structs differ where they should be the same.
func sharedPropsProblems(whole, behavior map[string]prop) []string {
	var problems []string
	for _, name := range slices.Sorted(maps.Keys(whole)) {
		if _, both := behavior[name]; both && !slices.Contains(sharedProps, name) {
			problems = append(problems, name+" is in both structs and not in sharedProps")
		}
	}
	for _, name := range sharedProps {
		one, inWhole := whole[name]
		other, inBehavior := behavior[name]
		_, inherits := inheritedProps[name]
		switch {
		case !inWhole:
			problems = append(problems, name+" is not in SecureFunctionUrlProps")
		case !inBehavior:
			problems = append(problems, name+" is not in BehaviorProps")
		case one.typeName != other.typeName:
			problems = append(problems, name+" has the types "+one.typeName+" and "+other.typeName)
		case one.fallback == "" || other.fallback == "":
			problems = append(problems, name+" has no default in one comment")
		case inherits && other.fallback != "that of the SecureFunctionUrl.":
			problems = append(problems, name+" does not say that "+inheritedProps[name])
		case !inherits && one.fallback != other.fallback:
			problems = append(problems, name+" has the defaults "+one.fallback+" and "+other.fallback)
		}
	}
	return problems
}

// TestSharedProps holds the fields that SecureFunctionUrlProps and BehaviorProps share to one type and one default.
func TestSharedProps(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join("..", "constructs", "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var files []*ast.File
	for _, path := range paths {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	whole, behavior := propsIn(files, "SecureFunctionUrlProps"), propsIn(files, "BehaviorProps")
	for _, problem := range sharedPropsProblems(whole, behavior) {
		t.Error(problem)
	}
	for name, why := range inheritedProps {
		if whole[name].fallback == behavior[name].fallback {
			t.Errorf("%s has one default now, but is listed since %s", name, why)
		}
	}
}

// TestSharedPropsCanFail breaks a pair of structs in each way that TestSharedProps should see.
func TestSharedPropsCanFail(t *testing.T) {
	for _, row := range []struct {
		name, why string
		change    func(whole, behavior map[string]prop)
		want      string
	}{
		{
			name:   "nothing",
			why:    "the pair is right before it is broken",
			change: func(_, _ map[string]prop) {},
		},
		{
			name:   "a field is gone from the behaviour",
			why:    "a behaviour could no longer set it",
			change: func(_, behavior map[string]prop) { delete(behavior, "Cors") },
			want:   "Cors is not in BehaviorProps",
		},
		{
			name:   "a field is gone from the whole",
			why:    "only further patterns could set it",
			change: func(whole, _ map[string]prop) { delete(whole, "Cors") },
			want:   "Cors is not in SecureFunctionUrlProps",
		},
		{
			name:   "another type",
			why:    "one value could not be given to both",
			change: func(_, behavior map[string]prop) { behavior["Cors"] = prop{"string", "none."} },
			want:   "Cors has the types int and string",
		},
		{
			name:   "another default",
			why:    "the two comments would disagree",
			change: func(whole, _ map[string]prop) { whole["Cors"] = prop{"int", "60 s."} },
			want:   "Cors has the defaults 60 s. and none.",
		},
		{
			name: "no default",
			why:  "the reader is not told",
			change: func(whole, behavior map[string]prop) {
				whole["Cors"], behavior["Cors"] = prop{"int", ""}, prop{"int", ""}
			},
			want: "Cors has no default in one comment",
		},
		{
			name:   "a default that is not inherited",
			why:    "the list says that it is",
			change: func(_, behavior map[string]prop) { behavior["OriginAuth"] = prop{"int", "none."} },
			want:   "OriginAuth does not say that a behaviour inherits it from the SecureFunctionUrl",
		},
		{
			name: "a new shared field",
			why:  "the list has to name it",
			change: func(whole, behavior map[string]prop) {
				whole["Retries"], behavior["Retries"] = prop{"int", "0."}, prop{"int", "1."}
			},
			want: "Retries is in both structs and not in sharedProps",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			whole, behavior := map[string]prop{}, map[string]prop{}
			for _, name := range sharedProps {
				whole[name], behavior[name] = prop{"int", "none."}, prop{"int", "none."}
			}
			for name := range inheritedProps {
				behavior[name] = prop{"int", "that of the SecureFunctionUrl."}
			}
			row.change(whole, behavior)
			if got := strings.Join(sharedPropsProblems(whole, behavior), "\n"); got != row.want {
				t.Errorf("%s: got %q, want %q", row.why, got, row.want)
			}
		})
	}
}
