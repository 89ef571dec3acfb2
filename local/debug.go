package local

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/furl-cdk/furl/local/internal/assembly"
	"github.com/furl-cdk/furl/local/internal/lambda"
)

// defaultInspectorPort is Node.js's own (Node.js documentation, "--inspect").
const defaultInspectorPort = 9229

// debug says how functions are debugged, by construct path. The commands are those of --run.
func (o Options) debug(a *assembly.Assembly, commands map[string]string) (map[string]lambda.Debug, error) {
	debugged, taken := map[string]lambda.Debug{}, map[int]string{}
	for _, path := range slices.Sorted(maps.Keys(o.Debug)) {
		debug, err := debugOf(a, path, o.Debug[path], commands[path])
		if err != nil {
			return nil, fmt.Errorf("--debug %s: %w", path, err)
		}
		if port := debug.InspectorPort; port != 0 {
			if other := taken[port]; other != "" {
				const message = "--debug %s: %s has port %d: write --debug %s:%d"
				return nil, fmt.Errorf(message, path, other, port, path, port+1)
			}
			taken[port] = path
		}
		debugged[path] = debug
	}
	return debugged, nil
}

// debugOf says how the function of a construct path is debugged. A command of --run is a debugger itself.
func debugOf(a *assembly.Assembly, path string, port int, command string) (lambda.Debug, error) {
	var properties struct{ Runtime string }
	functions := a.Resources("AWS::Lambda::Function")
	i := slices.IndexFunc(functions, func(r *assembly.Resource) bool { return r.Path == path })
	if i < 0 {
		var all []string
		for _, resource := range functions {
			all = append(all, resource.Path)
		}
		return lambda.Debug{}, fmt.Errorf("there is no such function; the assembly has %s", strings.Join(all, ", "))
	}
	if err := functions[i].Decode(&properties); err != nil {
		return lambda.Debug{}, err
	}
	switch {
	case command != "" && port != 0:
		return lambda.Debug{}, fmt.Errorf("its command has a port of its own: leave out :%d", port)
	case command != "":
		return lambda.Debug{}, nil
	case !strings.HasPrefix(properties.Runtime, "nodejs"):
		return lambda.Debug{}, fmt.Errorf("its runtime is %s, and only Node.js has the inspector: add the command of "+
			"another debugger, for Go --run '%s=exec dlv debug --headless --listen 127.0.0.1:2345 --continue "+
			"--accept-multiclient ./path/to/main'", properties.Runtime, path)
	case port == 0:
		port = defaultInspectorPort
	}
	return lambda.Debug{InspectorPort: port}, nil
}
