package lambda

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// elfHeader is the start of an ELF executable for a machine, enough for debug/elf.
func elfHeader(t *testing.T, machine elf.Machine) string {
	t.Helper()
	header := elf.Header64{Type: uint16(elf.ET_EXEC), Machine: uint16(machine), Version: 1, Ehsize: 64}
	copy(header.Ident[:], elf.ELFMAG)
	header.Ident[elf.EI_CLASS] = byte(elf.ELFCLASS64)
	header.Ident[elf.EI_DATA] = byte(elf.ELFDATA2LSB)
	header.Ident[elf.EI_VERSION] = 1
	var out bytes.Buffer
	if err := binary.Write(&out, binary.LittleEndian, header); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestNewRefusesWhatCannotRun(t *testing.T) {
	other := elf.EM_AARCH64
	if runtime.GOARCH == "arm64" {
		other = elf.EM_X86_64
	}
	macARM := "\xcf\xfa\xed\xfe\x0c\x00\x00\x01" + strings.Repeat("\x00", 24)
	for _, test := range []struct {
		name, why, runtime string
		bootstrap          string // "" for none
		mode               os.FileMode
		want               []string // all in the message; none: it is taken
	}{
		{
			name: "other architecture", why: "usually an arm64 asset on an amd64 laptop",
			runtime: "provided.al2023", bootstrap: elfHeader(t, other), mode: 0o755,
			want: []string{
				"is built for linux/", "this machine is " + runtime.GOOS + "/" + runtime.GOARCH, "furl:target=host",
			},
		},
		{
			name: "other system", why: "an asset built for a Mac",
			runtime: "provided.al2", bootstrap: macARM, mode: 0o755,
			want: []string{"is built for darwin/arm64", "furl:target=host"},
		},
		{
			name: "no bootstrap", why: "the runtime needs this file",
			runtime: "provided.al2023", want: []string{`no file "bootstrap"`},
		},
		{
			name: "not executable", why: "Lambda would not start it either",
			runtime: "provided.al2023", bootstrap: "#!/bin/sh\n", mode: 0o644,
			want: []string{"not executable (mode -rw-r--r--)"},
		},
		{
			name: "neither", why: "a text file by that name",
			runtime: "provided.al2023", bootstrap: "hello, world", mode: 0o755,
			want: []string{"neither an ELF or Mach-O executable nor a script"},
		},
		{
			name: "script", why: "a script runs anywhere",
			runtime: "provided.al2023", bootstrap: "#!/bin/sh\n", mode: 0o755,
		},
		{
			name: "Java", why: "a runtime that is not ours",
			runtime: "java21", want: []string{`no runtime for "java21"`},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			if runtime.GOOS+"/"+runtime.GOARCH == "darwin/arm64" && test.bootstrap == macARM {
				t.Skip("it is this machine")
			}
			config := testConfig(t)
			config.Command, config.Runtime = "", test.runtime
			if test.bootstrap != "" {
				write(t, filepath.Join(config.CodeDir, "bootstrap"), test.bootstrap, test.mode)
			}
			f, err := New(config)
			if test.want == nil {
				if err != nil {
					t.Fatalf("%s: %v", test.why, err)
				}
				if err := f.Close(); err != nil {
					t.Error(err)
				}
				return
			}
			if err == nil {
				t.Fatalf("%s: taken", test.why)
			}
			wanted := append(test.want, "Stack/Function cannot run here: ", "--run 'Stack/Function=COMMAND'")
			for _, part := range wanted {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%s: %q is not in: %v", test.why, part, err)
				}
			}
		})
	}
}

// The demo's function runs as it is deployed, under provided.al2023 with aws-lambda-go, but is built for this machine.
func TestDemoFunctionRuns(t *testing.T) {
	config := testConfig(t)
	config.Command, config.Environment = "", nil
	build := exec.Command("go", "build", "-trimpath", "-tags", "lambda.norpc", "-o",
		filepath.Join(config.CodeDir, "bootstrap"), "github.com/furl-cdk/furl/lambdas/demo")
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	f := newFunction(t, config)
	response, err := f.Invoke(t.Context(), []byte(`{
		"version":"2.0","rawPath":"/status/418",
		"requestContext":{"http":{"method":"GET","path":"/status/418"}}
	}`))
	if err != nil {
		t.Fatal(err)
	}
	var body bytes.Buffer
	if _, err := body.ReadFrom(response.Body); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(body.String(), `"statusCode":418`) || response.Streaming {
		t.Errorf("streaming %t: %s", response.Streaming, body.String())
	}
}

func write(t testing.TB, path, content string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
}
