package waf

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

type jsonBodyConfig struct {
	MatchPattern struct {
		All           *struct{}
		IncludedPaths []string
	}
	MatchScope, InvalidFallbackBehavior, OversizeHandling string
}

// jsonBody returns the field of the keys and values of a JSON body (AWS WAF Developer Guide,
// waf-rule-statement-fields-list, "JSON body"). AWS WAF reads some invalid JSON, such as `{"a":"b""c":"d"}`. Here it
// counts as invalid from the first error on. AWS does not document which values but strings it inspects. Here they are
// numbers, true, false and null, as they are written.
func (c *compiler) jsonBody(kind string, document json.RawMessage) (field, error) {
	var config jsonBodyConfig
	if err := decodeStatement(kind, document, &config); err != nil {
		return nil, err
	}
	oversize, err := newHandling(kind, config.OversizeHandling)
	switch {
	case err != nil:
		return nil, err
	case (config.MatchPattern.All == nil) == (config.MatchPattern.IncludedPaths == nil):
		return nil, errors.New(kind + ": MatchPattern names either All or IncludedPaths")
	case !slices.Contains([]string{"ALL", "KEY", "VALUE"}, config.MatchScope):
		return nil, fmt.Errorf("%s: MatchScope %q is none of ALL, KEY, VALUE", kind, config.MatchScope)
	case !slices.Contains([]string{"", "EVALUATE_AS_STRING", "MATCH", "NO_MATCH"}, config.InvalidFallbackBehavior):
		return nil, fmt.Errorf("%s: InvalidFallbackBehavior %q is none of EVALUATE_AS_STRING, MATCH, NO_MATCH", kind,
			config.InvalidFallbackBehavior)
	}
	return func(q *request) ([]string, handling) {
		text, decided := inspectedBody(q, c.bodyLimit, oversize)
		if text == "" || decided != handleContinue {
			return nil, decided
		}
		found := elements{jsonBodyConfig: config}
		err := found.read(text)
		switch {
		case err != nil && config.InvalidFallbackBehavior == "EVALUATE_AS_STRING":
			return []string{text}, handleContinue
		case err != nil && config.InvalidFallbackBehavior != "":
			return nil, handling(config.InvalidFallbackBehavior)
		}
		return found.texts, handleContinue
	}, nil
}

// elements are the keys and values of a JSON text that the configuration takes in.
type elements struct {
	jsonBodyConfig
	texts   []string
	decoder *json.Decoder
}

// read collects the elements up to the first error. AWS WAF takes an object or an array.
func (e *elements) read(text string) error {
	e.decoder = json.NewDecoder(strings.NewReader(text))
	e.decoder.UseNumber()
	if first := strings.TrimLeft(text, " \t\r\n"); !strings.HasPrefix(first, "{") && !strings.HasPrefix(first, "[") {
		return errors.New("neither an object nor an array")
	}
	if err := e.value(""); err != nil {
		return err
	}
	if _, err := e.decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the JSON")
	}
	return nil
}

// value reads the value at a JSON Pointer.
func (e *elements) value(pointer string) error {
	token, err := e.decoder.Token()
	if err != nil {
		return err
	}
	switch token {
	case json.Delim('{'):
		err = e.members(pointer)
	case json.Delim('['):
		for i := 0; err == nil && e.decoder.More(); i++ {
			err = e.value(pointer + "/" + strconv.Itoa(i))
		}
	default:
		if e.MatchScope != "KEY" && e.included(pointer) {
			e.texts = append(e.texts, literal(token))
		}
		return nil
	}
	if err != nil {
		return err
	}
	_, err = e.decoder.Token() // the closing bracket
	return err
}

// pointerEscapes are those of RFC 6901.
var pointerEscapes = strings.NewReplacer("~", "~0", "/", "~1")

// members reads the keys and values of an object. AWS WAF stops at a key that it has seen in the object.
func (e *elements) members(pointer string) error {
	seen := map[string]bool{}
	for e.decoder.More() {
		token, err := e.decoder.Token()
		if err != nil {
			return err
		}
		key, _ := token.(string)
		if seen[key] {
			return errors.New("a key stands there twice")
		}
		seen[key] = true
		// AWS WAF inspects the keys under a pointer, and not the key at its end.
		if e.MatchScope != "VALUE" && e.included(pointer) {
			e.texts = append(e.texts, key)
		}
		if err := e.value(pointer + "/" + pointerEscapes.Replace(key)); err != nil {
			return err
		}
	}
	return nil
}

// included reports whether the configuration takes in the element at a pointer, or one that contains it.
func (e *elements) included(pointer string) bool {
	return e.MatchPattern.All != nil || slices.ContainsFunc(e.MatchPattern.IncludedPaths, func(path string) bool {
		return strings.HasPrefix(pointer+"/", strings.TrimSuffix(path, "/")+"/")
	})
}

// literal is a string without its quotes, or another value as it is written.
func literal(token json.Token) string {
	if token == nil {
		return "null"
	}
	return fmt.Sprint(token)
}
