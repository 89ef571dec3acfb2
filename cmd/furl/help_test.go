package main

import (
	"flag"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/furl-cdk/furl/local"
)

var (
	// describedFlag is the line of a help text that begins the description of a flag.
	describedFlag = regexp.MustCompile(`(?m)^  --([a-z-]+)(?: [][A-Z_=:.]+)?$`)

	longFlag       = regexp.MustCompile(`--([a-z-]+)`)
	singleDashFlag = regexp.MustCompile(`(?:^|[^-\w])-[A-Za-z][\w-]+`)
	example        = regexp.MustCompile(`\nExample:\n\n  furl ([^\n]+)\n`)
)

func TestHelp(t *testing.T) {
	localFlags, tokenFlags := localFlags(&local.Options{}), tokenFlags(&local.TokenOptions{})
	credentialsFlags := credentialsFlags(&credentialsOptions{})
	none := flag.NewFlagSet("furl version", flag.ContinueOnError)
	for _, row := range []struct {
		name, why, text  string
		described, named *flag.FlagSet // the flags that the text describes, and those that it may name
	}{
		{name: "furl", why: "describes no flags", text: help, described: none, named: allFlags()},
		{name: "furl local", why: "describes its flags", text: localHelp, described: localFlags, named: localFlags},
		{name: "furl token", why: "describes its flags", text: tokenHelp, described: tokenFlags, named: tokenFlags},
		{
			name: "furl credentials", why: "describes its flags", text: credentialsHelp,
			described: credentialsFlags, named: credentialsFlags,
		},
		{name: "furl version", why: "has no flags", text: versionHelp, described: none, named: none},
	} {
		t.Run(row.name, func(t *testing.T) {
			for line := range strings.Lines(row.text) {
				if width := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); width > 80 {
					t.Errorf("%d columns: %s", width, line)
				}
			}
			if found := singleDashFlag.FindString(row.text); found != "" {
				t.Errorf("it has a flag with one dash: %q", found)
			}
			if found := matches(describedFlag, row.text); !slices.Equal(found, names(row.described)) {
				t.Errorf("it describes %q, and the flags are %q (%s)", found, names(row.described), row.why)
			}
			for _, found := range matches(longFlag, row.text) {
				if row.named.Lookup(found) == nil && found != "help" {
					t.Errorf("there is no flag --%s", found)
				}
			}
			if len(example.FindAllString(row.text, -1)) != 1 {
				t.Error("it must have one example")
			}
		})
	}
}

// TestHelpHasDefaults: the help is set by hand, so a default in it may be out of date.
func TestHelpHasDefaults(t *testing.T) {
	for help, flags := range map[string]*flag.FlagSet{
		localHelp: localFlags(&local.Options{}), tokenHelp: tokenFlags(&local.TokenOptions{}),
		credentialsHelp: credentialsFlags(&credentialsOptions{}),
	} {
		flags.VisitAll(func(f *flag.Flag) {
			switch f.DefValue {
			case "", "0s", "false":
			default:
				_, text, _ := strings.Cut(help, "\n  --"+f.Name+" ")
				text, _, _ = strings.Cut(text, "\n  --")
				if !strings.Contains(strings.Join(strings.Fields(text), " "), "The default is "+f.DefValue+".") {
					t.Errorf("--%s does not say its default %s: %s", f.Name, f.DefValue, text)
				}
			}
		})
	}
}

// TestHelpExamples: the example of a help is a command line that is right.
func TestHelpExamples(t *testing.T) {
	for _, text := range []string{help, localHelp, tokenHelp, credentialsHelp, versionHelp} {
		arguments := strings.Fields(example.FindStringSubmatch(text)[1])
		var err error
		switch arguments[0] {
		case "local":
			_, err = parse(localFlags(&local.Options{}), arguments[1:], "", io.Discard)
		case "token":
			_, err = parse(tokenFlags(&local.TokenOptions{}), arguments[1:], "", io.Discard)
		case "credentials":
			_, err = parse(credentialsFlags(&credentialsOptions{}), arguments[1:], "", io.Discard)
		default:
			err = run(t.Context(), arguments, io.Discard, io.Discard)
		}
		if err != nil {
			t.Errorf("furl %s: %v", strings.Join(arguments, " "), err)
		}
	}
}

// allFlags are the flags of all commands.
func allFlags() *flag.FlagSet {
	all := flag.NewFlagSet("furl", flag.ContinueOnError)
	for _, flags := range []*flag.FlagSet{
		localFlags(&local.Options{}), tokenFlags(&local.TokenOptions{}), credentialsFlags(&credentialsOptions{}),
	} {
		flags.VisitAll(func(f *flag.Flag) {
			if all.Lookup(f.Name) == nil {
				all.Var(f.Value, f.Name, "")
			}
		})
	}
	return all
}

// names are the names of the flags, sorted.
func names(flags *flag.FlagSet) []string {
	var all []string
	flags.VisitAll(func(f *flag.Flag) { all = append(all, f.Name) })
	return all
}

// matches are the flags that a pattern finds in a text, sorted.
func matches(pattern *regexp.Regexp, text string) []string {
	return slices.Compact(slices.Sorted(slices.Values(inOrder(pattern, text))))
}

// inOrder are the flags that a pattern finds in a text, in the text's order. Rows of one flag are one.
func inOrder(pattern *regexp.Regexp, text string) []string {
	var all []string
	for _, found := range pattern.FindAllStringSubmatch(text, -1) {
		all = append(all, found[1])
	}
	return slices.Compact(all)
}

// TestFlagsOnPage: the first cells of the table of flags in docs/local.md have the flags of 'furl local', in the order
// of its help. TestHelp compares the help with the flags.
func TestFlagsOnPage(t *testing.T) {
	page, err := os.ReadFile("../../docs/local.md")
	if err != nil {
		t.Fatal(err)
	}
	onPage := inOrder(regexp.MustCompile("(?m)^\\| `--([a-z-]+)[^|`]*` \\|"), string(page))
	if inHelp := inOrder(describedFlag, localHelp); !slices.Equal(onPage, inHelp) {
		t.Errorf("the page has the flags %q, and the help of furl local has %q", onPage, inHelp)
	}
}
