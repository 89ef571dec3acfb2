package waf

import (
	"regexp"
	"strconv"
	"strings"
)

// decodeEscapes replaces each escape that matches, and leaves broken ones unchanged. The decoder gets the submatches
// of an escape.
func decodeEscapes(escape *regexp.Regexp, decode func(found []string) string) transformation {
	return func(text string) string {
		return escape.ReplaceAllStringFunc(text, func(found string) string {
			return decode(escape.FindStringSubmatch(found))
		})
	}
}

// number16 is the value of hexadecimal digits.
func number16(digits string) uint64 {
	value, _ := strconv.ParseUint(digits, 16, 64) // only digits come here
	return value
}

// oneByte is the byte of a Unicode escape of four digits. Of the full-width forms FF01 to FF5E it is the ASCII
// character, of all others the lower byte.
func oneByte(digits string) string {
	value := number16(digits)
	if 0xFF01 <= value && value <= 0xFF5E {
		value += 0x20
	}
	return string([]byte{byte(value)})
}

// urlDecode decodes each escape once and leaves broken escapes unchanged. A plus sign becomes a space. AWS documents
// neither. Both follow ModSecurity.
var urlDecode = decodeEscapes(regexp.MustCompile(`\+|%([0-9A-Fa-f]{2})`), func(found []string) string {
	if found[0] == "+" {
		return " "
	}
	return string([]byte{byte(number16(found[1]))})
})

// urlDecodeUni decodes escapes such as %u0041 too.
var urlDecodeUni = decodeEscapes(
	regexp.MustCompile(`\+|%(?:([0-9A-Fa-f]{2})|[uU]([0-9A-Fa-f]{4}))`),
	func(found []string) string {
		switch {
		case found[0] == "+":
			return " "
		case found[2] != "":
			return oneByte(found[2])
		}
		return string([]byte{byte(number16(found[1]))})
	},
)

// controls are the bytes of the escapes of C that stand for another character.
var controls = map[string]string{
	"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v",
}

// escapeSeqDecode decodes the escape sequences of ANSI C.
var escapeSeqDecode = decodeEscapes(
	regexp.MustCompile(`(?s)\\(?:([abfnrtv])|([\\?'"])|x([0-9A-Fa-f]{2})|0([0-7]{1,3}))`),
	func(found []string) string {
		switch {
		case found[1] != "":
			return controls[found[1]]
		case found[2] != "":
			return found[2]
		case found[3] != "":
			return string([]byte{byte(number16(found[3]))})
		}
		return octal(found[4])
	},
)

// jsDecode decodes the escape sequences of JavaScript. A backslash before any other character vanishes.
var jsDecode = decodeEscapes(
	regexp.MustCompile(`(?s)\\(?:u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2})|([0-3]?[0-7]{1,2})|([abfnrtv])|(.))`),
	func(found []string) string {
		switch {
		case found[1] != "":
			return oneByte(found[1])
		case found[2] != "":
			return string([]byte{byte(number16(found[2]))})
		case found[3] != "":
			return octal(found[3])
		case found[4] != "":
			return controls[found[4]]
		}
		return found[5]
	},
)

// octal is the byte of octal digits.
func octal(digits string) string {
	value, _ := strconv.ParseUint(digits, 8, 64) // only digits come here
	return string([]byte{byte(value)})
}

// sqlHexDecode decodes numbers such as 0x414243.
var sqlHexDecode = decodeEscapes(regexp.MustCompile(`0[xX]((?:[0-9A-Fa-f]{2})+)`), func(found []string) string {
	return hexDecode(found[1])
})

// htmlEntityDecode decodes numbers and the names that AWS lists. Names have no case.
var htmlEntityDecode = decodeEscapes(
	regexp.MustCompile(`&(?:#[xX]([0-9A-Fa-f]{1,6})|#([0-9]{1,7})|([A-Za-z]+));`),
	func(found []string) string {
		value, isName := htmlEntities[strings.ToLower(found[3])]
		switch {
		case found[1] != "":
			value = rune(number16(found[1]))
		case found[2] != "":
			decimal, _ := strconv.ParseUint(found[2], 10, 64) // only digits come here
			value = rune(decimal)
		case !isName:
			return found[0]
		}
		if value < 256 {
			return string([]byte{byte(value)})
		}
		return string(value)
	},
)

// htmlEntities are the entities that AWS WAF decodes. AWS's page has a backslash for &apos;, which reads like the
// escape of an apostrophe.
var htmlEntities = map[string]rune{
	"quot": '"', "amp": '&', "lt": '<', "gt": '>', "nbsp": 160, "nonbreakingspace": 160, "newline": '\n', "tab": '\t',
	"lcub": '{', "lbrace": '{', "verbar": '|', "vert": '|', "verticalline": '|', "rcub": '}', "rbrace": '}',
	"excl": '!', "num": '#', "dollar": '$', "percent": '%', "percnt": '%', "apos": '\'', "lpar": '(', "rpar": ')',
	"ast": '*', "midast": '*', "plus": '+', "comma": ',', "period": '.', "sol": '/', "colon": ':', "semi": ';',
	"equals": '=', "quest": '?', "tilde": '~', "diacriticaltilde": '~', "minus": '-', "lsqb": '[', "lbrack": '[',
	"bsol": '\\', "rsqb": ']', "rbrack": ']', "hat": '^', "lowbar": '_', "underbar": '_', "grave": '`',
	"diacriticalgrave": '`',
}
