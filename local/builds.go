package local

import (
	"sync"

	"github.com/furl-cdk/furl/local/internal/lambda"
)

// builds holds how far each build of --build has come.
type builds struct {
	options Options

	mu        sync.Mutex
	byPattern map[string]lambda.Build
}

func newBuilds(options Options) *builds {
	return &builds{options: options, byPattern: map[string]lambda.Build{}}
}

// of is the build of a function.
func (b *builds) of(path string) lambda.Build {
	pattern, _ := b.options.buildOf(path)
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.byPattern[pattern]
}

// note takes the end of a build.
func (b *builds) note(pattern string, failed bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	build := b.byPattern[pattern]
	if build.Failed = failed; !failed {
		build.Times++
	}
	b.byPattern[pattern] = build
}
