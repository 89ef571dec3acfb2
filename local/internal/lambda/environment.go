package lambda

import (
	"crypto/rand"
	"encoding/hex"
	"maps"
	"strconv"
	"strings"
	"time"
)

// environment returns the variables of a process. Some are Lambda's (Lambda Developer Guide,
// configuration-envvars), and the others are the template's. Of this machine's variables the process gets PATH
// and, for a command of the developer's, HOME. It gets no others, so the developer's AWS keys and profile never
// reach the code.
func (p *process) environment(runtimeAPI string) []string {
	config, launch := p.function.config, p.function.launch
	variables := map[string]string{ // a template may set these
		"HOME": launch.home,
		"LANG": "en_US.UTF-8",
		"TZ":   "UTC",
	}
	maps.Copy(variables, launch.defaults)
	maps.Copy(variables, config.Environment)
	maps.Copy(variables, map[string]string{ // these are reserved
		"_HANDLER":                        config.Handler,
		"AWS_REGION":                      config.Region,
		"AWS_DEFAULT_REGION":              config.Region,
		"AWS_ACCESS_KEY_ID":               config.Credentials.AccessKeyID,
		"AWS_SECRET_ACCESS_KEY":           config.Credentials.SecretAccessKey,
		"AWS_SESSION_TOKEN":               config.Credentials.SessionToken,
		"AWS_LAMBDA_FUNCTION_NAME":        config.Name,
		"AWS_LAMBDA_FUNCTION_VERSION":     config.Version,
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": strconv.Itoa(config.MemoryMB),
		"AWS_LAMBDA_INITIALIZATION_TYPE":  "on-demand",
		"AWS_LAMBDA_LOG_GROUP_NAME":       "/aws/lambda/" + config.Name,
		"AWS_LAMBDA_LOG_STREAM_NAME":      p.logStream,
	})
	if launch.taskRoot != "" {
		variables["LAMBDA_RUNTIME_DIR"] = launch.runtimeDir
		variables["LAMBDA_TASK_ROOT"] = launch.taskRoot
	}
	if runtimeAPI != "" { // our own runtimes have pipes
		variables["AWS_LAMBDA_RUNTIME_API"] = runtimeAPI
	}
	if !strings.HasPrefix(config.Runtime, "provided") { // "not defined for OS-only runtimes"
		variables["AWS_EXECUTION_ENV"] = "AWS_Lambda_" + config.Runtime
	}
	environment := make([]string, 0, len(variables))
	for name, value := range variables {
		environment = append(environment, name+"="+value)
	}
	return environment
}

// logStream returns a name in the form of Lambda's log streams, of which each execution environment has one.
func logStream(version string, now time.Time) string {
	var id [16]byte
	_, _ = rand.Read(id[:]) // never fails (crypto/rand)
	return now.UTC().Format("2006/01/02") + "/[" + version + "]" + hex.EncodeToString(id[:])
}
