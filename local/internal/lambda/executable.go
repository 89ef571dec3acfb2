package lambda

import (
	"bytes"
	"debug/elf"
	"debug/macho"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// checkExecutable returns the reason why this machine cannot execute a file, or nil.
func checkExecutable(path string) error {
	name := filepath.Base(path)
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("its code has no file %q", name)
	case err != nil:
		return fmt.Errorf("its %s: %w", name, err)
	case !info.Mode().IsRegular():
		return fmt.Errorf("its %s is not a file", name)
	case info.Mode()&0o111 == 0:
		return fmt.Errorf("its %s is not executable (mode %s)", name, info.Mode())
	}
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("its %s: %w", name, err)
	}
	defer func() { _ = file.Close() }()
	platforms, err := executablePlatforms(file)
	if err != nil {
		return fmt.Errorf("its %s: %w", name, err)
	}
	host := runtime.GOOS + "/" + runtime.GOARCH
	for _, platform := range platforms {
		if platform == host {
			return nil
		}
	}
	return fmt.Errorf("its %s is built for %s and this machine is %s", name, platforms[0], host)
}

// executablePlatforms returns the platforms of a file, as "GOOS/GOARCH". Most files have one platform. A universal
// Mach-O file has several, and a script has this machine's. An ELF file counts as Linux's, because Lambda runs
// Linux.
func executablePlatforms(file io.ReaderAt) ([]string, error) {
	script := make([]byte, 2)
	if _, err := file.ReadAt(script, 0); err == nil && bytes.Equal(script, []byte("#!")) {
		return []string{runtime.GOOS + "/" + runtime.GOARCH}, nil
	}
	if binary, err := elf.NewFile(file); err == nil {
		return []string{"linux/" + elfArchitecture(binary.Machine)}, nil
	}
	if binary, err := macho.NewFile(file); err == nil {
		return []string{"darwin/" + machoArchitecture(binary.Cpu)}, nil
	}
	if universal, err := macho.NewFatFile(file); err == nil {
		var platforms []string
		for _, binary := range universal.Arches {
			platforms = append(platforms, "darwin/"+machoArchitecture(binary.Cpu))
		}
		return platforms, nil
	}
	return nil, errors.New("neither an ELF or Mach-O executable nor a script")
}

func elfArchitecture(machine elf.Machine) string {
	switch machine {
	case elf.EM_X86_64:
		return "amd64"
	case elf.EM_AARCH64:
		return "arm64"
	default:
		return machine.String()
	}
}

func machoArchitecture(cpu macho.Cpu) string {
	switch cpu {
	case macho.CpuAmd64:
		return "amd64"
	case macho.CpuArm64:
		return "arm64"
	default:
		return cpu.String()
	}
}
