package docs

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

var (
	continued = regexp.MustCompile(`\\\n\s*`)
	// substitution matches a line that uses the output of one command.
	substitution = regexp.MustCompile(`^(?:eval "|\w+=)\$\((.*)\)"?\n$`)
	quotation    = regexp.MustCompile(`'[^']*'`)
	assignment   = regexp.MustCompile(`^\w+=\S+ ?`)
	flagName     = regexp.MustCompile(`^--?[a-z][a-z-]*`)
	helpFlag     = regexp.MustCompile(`(?:^|[\s,])(--?[a-z][a-z-]*)`)
)

// wrongCommands names the faults of the commands of a shell block, or is "". The commands are not run. Their programs
// are asked which commands and flags they have.
func wrongCommands(t *testing.T, text string) string {
	t.Helper()
	if out, err := exec.Command("bash", "-n", "-c", text).CombinedOutput(); err != nil {
		return strings.TrimSpace(string(out))
	}
	for line := range strings.Lines(continued.ReplaceAllString(text, " ")) {
		line = substitution.ReplaceAllString(line, "$1")
		// A quotation is another program's.
		words := strings.Fields(quotation.ReplaceAllString(strings.TrimPrefix(line, "npx "), "''"))
		if assignment.MatchString(line) || len(words) == 0 {
			continue
		}
		var wrong string
		switch words[0] {
		case "make":
			wrong = wrongTargets(t, words[1:])
		case "go":
			wrong = wrongGo(t, words[1:])
		case "cdk":
			wrong = wrongCDK(words[1:])
		case "aws":
			wrong = wrongAWS(t, words[1:])
		case "date": // of coreutils, whose flags are those of any system
		case "dlv":
			if words[1] != "connect" || len(words) != 3 {
				wrong = "no test knows dlv " + strings.Join(words[1:], " ")
			}
		default:
			wrong = "no test knows the command " + words[0]
		}
		if wrong != "" {
			return wrong
		}
	}
	return ""
}

// wrongTargets says which word is no target of the Makefile, or "".
func wrongTargets(t *testing.T, words []string) string {
	makefile, err := os.ReadFile(filepath.Join(repository, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range words {
		if !strings.Contains(string(makefile), "\n"+word+":") {
			return "make has no target " + word
		}
	}
	return ""
}

// wrongGo names the fault of a go command, or is "". Only the commands that pages have are known.
func wrongGo(t *testing.T, words []string) string {
	command := strings.Join(words, " ")
	tool := strings.TrimPrefix(command, "get -tool ")
	switch {
	case command == "mod tidy" || command == "test" || command == "test -update": // the flag is the pages' own
		return ""
	case tool != command:
		folder, own := strings.CutPrefix(tool, "github.com/furl-cdk/furl/")
		if main, err := os.ReadFile(filepath.Join(repository, folder, "main.go")); err != nil || !own {
			return "there is no command " + tool
		} else if !strings.Contains(string(main), "\npackage main\n") {
			return tool + " is no command"
		}
		return ""
	case len(words) > 2 && words[0] == "tool" && words[1] == "furl":
		return wrongFurl(t, words[2:])
	}
	return "no test knows go " + command
}

// wrongFurl says which command or flag furl does not have, or "".
func wrongFurl(t *testing.T, words []string) string {
	if !regexp.MustCompile(`(?m)^  furl ` + regexp.QuoteMeta(words[0]) + `\b`).MatchString(furlHelp(t, "help")) {
		return "furl has no command " + words[0]
	}
	return wrongFlags(words, furlHelp(t, words[0], "--help"))
}

func furlHelp(t *testing.T, args ...string) string {
	t.Helper()
	return run(t, repository, "go", append([]string{"run", "./cmd/furl"}, args...)...)
}

var (
	flagSpan    = regexp.MustCompile("`(--[a-z][a-z-]*)[ =`]")
	furlCommand = regexp.MustCompile(`(?m)^  furl ([a-z]+) .*(?:\[flags\]|--)`)
)

// TestFlagsInProse: a flag that a page of furl's users names is one of furl's. TestFlagsOnPage of cmd/furl holds the
// table of flags to the help, both ways.
func TestFlagsInProse(t *testing.T) {
	help := ""
	for _, command := range furlCommand.FindAllStringSubmatch(furlHelp(t, "help"), -1) {
		help += furlHelp(t, command[1], "--help")
	}
	count := 0
	for _, p := range pages(t) {
		if !slices.Contains([]string{"README.md", "docs/local.md", "docs/getting-started.md"}, p.path) {
			continue
		}
		for i, line := range p.prose() {
			for _, span := range flagSpan.FindAllStringSubmatch(line, -1) {
				count++
				if wrong := wrongFlags([]string{"furl", span[1]}, help); wrong != "" {
					t.Errorf("%s:%d: %s", p.path, i+1, wrong)
				}
			}
		}
	}
	if count < 20 {
		t.Errorf("the pages name %d flags, so the test does not find them", count)
	}
}

var cdkHelps sync.Map // of the CLI's commands

// wrongCDK says which command or flag the CDK CLI does not have, or "".
func wrongCDK(words []string) string {
	command := words[0]
	help, known := cdkHelps.Load(command)
	if !known {
		cdk := exec.Command(filepath.Join("node_modules", ".bin", "cdk"), command, "--help")
		cdk.Dir = repository
		out, err := cdk.CombinedOutput()
		if err != nil {
			return fmt.Sprintf("cdk %s --help: %v", command, err)
		}
		help, _ = cdkHelps.LoadOrStore(command, string(out))
	}
	if !strings.HasPrefix(help.(string), "cdk "+command) { // the CLI prints its own help for an unknown command
		return "cdk has no command " + command
	}
	return wrongFlags(words, help.(string))
}

// wrongFlags says which of the words is a flag that the help does not have, or "".
func wrongFlags(words []string, help string) string {
	var known []string
	for _, match := range helpFlag.FindAllStringSubmatch(help, -1) {
		known = append(known, match[1])
	}
	for _, word := range words {
		if flag := flagName.FindString(word); flag != "" && !slices.Contains(known, flag) && flag != "--help" {
			return fmt.Sprintf("%s has no flag %s", words[0], flag)
		}
	}
	return ""
}

// wrongAWS names the fault of a command of the AWS CLI, or is "". The CLI has the commands and flags of botocore's
// models.
func wrongAWS(t *testing.T, words []string) string {
	t.Helper()
	python := exec.Command("python3", append([]string{"aws_command.py"}, words...)...)
	out, err := python.CombinedOutput()
	if err != nil && strings.Contains(string(out), "No module named 'botocore'") {
		t.Log("aws commands are not checked, since python3 has no botocore")
		return ""
	}
	if err != nil {
		return strings.TrimSpace(string(out))
	}
	return ""
}
