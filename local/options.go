package local

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/furl-cdk/furl/local/internal/assembly"
	"github.com/furl-cdk/furl/local/internal/lambda"
)

// DefaultAssembly is the folder that furl's commands read if none is named.
const DefaultAssembly = "cdk.out"

// Options says what Run serves, and how. In a pattern of construct paths, * stands for any characters.
type Options struct {
	Assembly string // folder that `cdk synth` wrote
	// Listen is the host:port of the first distribution. Where there is none, it is the first Function URL's. Port 0
	// takes a free one.
	Listen   string
	ListenAt map[string]string // construct path of a distribution, Function URL or REST API → its host:port
	JSON     bool              // print where things listen as one JSON object, the first line on stdout
	LogJSON  bool              // write the log as JSON, one object a line
	Color    bool              // color the log's text
	Verbose  bool              // write details below a request's line
	// SessionDuration ends sessions of AssumeRole after this time, however long was asked for. 0 means as asked.
	SessionDuration time.Duration
	Only            []string          // patterns of the construct paths that are served; none: all
	Commands        map[string]string // pattern of functions → command that runs in place of their assets
	Debug           map[string]int    // construct path of a function → port of its inspector; 0: the default port
	Values          map[string]string // [STACK.]NAME of a parameter, or name of an SSM parameter or export → value
	Variables       []Variable        // of functions' environments
	Layers          map[string]string // ARN of a layer's version that is not in the assembly → folder
	Origins         map[string]string // domain name or Id of an origin, or path of its bucket → folder or URL
	ViewerAddress   netip.Addr        // of all viewers on loopback, for web ACLs; the zero value: their own
	ViewerCountry   string            // of all viewers, for web ACLs, such as "DE"; "": unknown
	Watch           bool              // reload when the assembly changes, or code in the app; Builds and Synth imply it
	Builds          map[string]string // pattern of functions → command that builds what they run
	Synth           string            // command that writes the assembly; "": none
}

// watches reports whether Run reloads.
func (o Options) watches() bool { return o.Watch || o.Synth != "" || len(o.Builds) > 0 }

// Variable sets an environment variable of functions.
type Variable struct {
	Functions   string // pattern
	Name, Value string
}

// ofFunctions are the commands of --run and the settings of --debug, by construct path. Any option whose pattern fits
// no function is an error.
func (o Options) ofFunctions(a *assembly.Assembly) (map[string]string, map[string]lambda.Debug, error) {
	commands, err := o.commands(a)
	if err != nil {
		return nil, nil, err
	}
	debug, err := o.debug(a, commands)
	if err != nil {
		return nil, nil, err
	}
	return commands, debug, cmp.Or(o.checkVariables(a), o.checkBuilds(a, commands))
}

// commands are those of --run by construct path.
func (o Options) commands(a *assembly.Assembly) (map[string]string, error) {
	commands := map[string]string{}
	for _, pattern := range slices.Sorted(maps.Keys(o.Commands)) {
		paths, err := functionPaths(a, "--run "+pattern+"=…", pattern)
		if err != nil {
			return nil, err
		}
		for _, path := range paths {
			commands[path] = o.Commands[pattern]
		}
	}
	return commands, nil
}

// checkBuilds refuses a build whose pattern fits no function, and one that cannot reach a function. The commands are
// those of --run.
func (o Options) checkBuilds(a *assembly.Assembly, commands map[string]string) error {
	for _, pattern := range slices.Sorted(maps.Keys(o.Builds)) {
		if _, err := functionPaths(a, "--build "+pattern+"=…", pattern); err != nil {
			return err
		}
	}
	if o.Synth != "" {
		return nil
	}
	for _, resource := range a.Resources("AWS::Lambda::Function") {
		pattern, built := o.buildOf(resource.Path)
		if _, inApp := resource.CodeAsset(); built && !inApp && commands[resource.Path] == "" {
			return fmt.Errorf("--build %s=…: the code of %s is in the assembly, where the build does not write: "+
				"leave it in the app with `cdk synth --staging=false`, or give the command of --synth too",
				pattern, resource.Path)
		}
	}
	return nil
}

// buildOf finds the pattern of a function's build.
func (o Options) buildOf(path string) (pattern string, found bool) {
	for _, pattern := range slices.Sorted(maps.Keys(o.Builds)) {
		if fits(pattern, path) {
			return pattern, true
		}
	}
	return "", false
}

// checkVariables refuses a variable whose pattern fits no function.
func (o Options) checkVariables(a *assembly.Assembly) error {
	for _, variable := range o.Variables {
		flag := "--env " + variable.Functions + ":" + variable.Name + "=…"
		if _, err := functionPaths(a, flag, variable.Functions); err != nil {
			return err
		}
	}
	return nil
}

// functionPaths are the construct paths of the functions that a pattern fits. The flag is for the message.
func functionPaths(a *assembly.Assembly, flag, pattern string) ([]string, error) {
	var all, fitting []string
	for _, resource := range a.Resources("AWS::Lambda::Function") {
		all = append(all, resource.Path)
		if fits(pattern, resource.Path) {
			fitting = append(fitting, resource.Path)
		}
	}
	if len(fitting) == 0 {
		return nil, fmt.Errorf("%s: there is no such function; the assembly has %s", flag, strings.Join(all, ", "))
	}
	return fitting, nil
}

// unserved reports whether a resource would listen, and --only leaves it out.
func (o Options) unserved(resource *assembly.Resource) bool {
	listens := slices.Contains([]string{distributionType, urlType, restAPIType}, resource.Type)
	wanted := slices.ContainsFunc(o.Only, func(pattern string) bool { return fits(pattern, resource.Path) })
	return listens && len(o.Only) > 0 && !wanted
}

// fits reports whether a construct path is of a pattern, in which * stands for any characters.
func fits(pattern, path string) bool {
	expression := strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, `.*`)
	return regexp.MustCompile(`\A` + expression + `\z`).MatchString(path)
}
