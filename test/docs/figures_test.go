package docs

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestFigures: docs/choosing.md has each limit and each price of README's table, with a source and a date. The prices
// are the sums of their parts.
func TestFigures(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join(repository, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	choosing, err := os.ReadFile(filepath.Join(repository, "docs", "choosing.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range wrongFigures(string(readme), string(choosing)) {
		t.Error(line)
	}
}

var limit = regexp.MustCompile(`^(\d+ (s|min|MB)|not found|Node\.js \d+)$`)

// wrongFigures are the figures of README's table that the other page does not have so.
func wrongFigures(readme, choosing string) (wrong []string) {
	var values []string
	for _, row := range table(choosing, "| row | figure | value | source | date |") {
		values = append(values, row[2])
		if slices.Contains(row, "") {
			wrong = append(wrong, fmt.Sprintf("the limit %q has no source or no date", row))
		}
	}
	sums, wrongOnes := priceSums(choosing)
	wrong = append(wrong, wrongOnes...)
	rows := table(readme, "| | first byte within | whole answer within | request body | answer | who is let in |"+
		" web ACL | USD a million requests | runtimes |")
	if len(rows) < 7 {
		return append(wrong, fmt.Sprintf("README's table has %d rows", len(rows)))
	}
	for _, row := range rows {
		if sums[row[0]] != row[7] {
			wrong = append(wrong, fmt.Sprintf("%s costs %s, and %q in choosing", row[0], row[7], sums[row[0]]))
		}
		for _, cell := range row[1:] {
			if limit.MatchString(cell) && !slices.Contains(values, cell) {
				wrong = append(wrong, fmt.Sprintf("%s has the limit %s, which choosing does not have", row[0], cell))
			}
		}
	}
	return wrong
}

// priceSums are the sums of the page, by the rows of README's table, and the faults of them and of their parts.
func priceSums(choosing string) (sums map[string]string, wrong []string) {
	prices := map[string]float64{}
	for _, row := range table(choosing, "| part | price | source | date |") {
		part, _, _ := strings.Cut(row[0], ", ")
		if price, err := strconv.ParseFloat(row[1], 64); err == nil && prices[part] == 0 {
			prices[part] = price
		}
		if slices.Contains(row, "") {
			wrong = append(wrong, fmt.Sprintf("the price %q has no source or no date", row))
		}
	}
	sums = map[string]string{}
	for _, row := range table(choosing, "| row | sum | parts |") {
		sums[row[0]] = row[1]
		sum := 0.0
		for part := range strings.SplitSeq(row[2], ", ") {
			if part != "nothing beside the function" && prices[part] == 0 {
				wrong = append(wrong, fmt.Sprintf("%s has the part %s, which has no price", row[0], part))
			}
			sum += prices[part]
		}
		if fmt.Sprintf("%.2f", sum) != row[1] {
			wrong = append(wrong, fmt.Sprintf("the parts of %s are %.2f, not %s", row[0], sum, row[1]))
		}
	}
	return sums, wrong
}

// table is the cells of the table below a head.
func table(page, head string) (rows [][]string) {
	_, rest, _ := strings.Cut(page, "\n"+head+"\n")
	for line := range strings.Lines(rest) {
		if !strings.HasPrefix(line, "|") {
			break
		}
		if strings.HasPrefix(line, "|---") {
			continue
		}
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		rows = append(rows, cells)
	}
	return rows
}

// TestWrongFigures checks that TestFigures can fail.
func TestWrongFigures(t *testing.T) {
	readme, _ := os.ReadFile(filepath.Join(repository, "README.md"))
	choosing, _ := os.ReadFile(filepath.Join(repository, "docs", "choosing.md"))
	for _, row := range []struct{ name, why, page, old, new string }{
		{"limit", "it has no source", "README", "| 30 s | 30 s |", "| 29 s | 30 s |"},
		{"price", "it is no longer the sum", "README", "| 2.30 |", "| 2.20 |"},
		{"new row", "nothing is known of it", "README", "| Furl, `OAC` |", "| Furl, `NONE` |"},
		{"part", "the sum is then another", "choosing", "HTTPS requests | 1.00 |", "HTTPS requests | 1.20 |"},
		{"source", "it may not be left out", "choosing", "| AG http-api-quotas |", "| |"},
		{"date", "it may not be left out", "choosing", "| 20 September 2026 |", "| |"},
		{"table", "it has another head", "README", "first byte within", "first byte"},
	} {
		t.Run(row.name, func(t *testing.T) {
			texts := map[string]string{"README": string(readme), "choosing": string(choosing)}
			changed := strings.Replace(texts[row.page], row.old, row.new, 1)
			if changed == texts[row.page] {
				t.Fatalf("%s has no %s", row.page, row.old)
			}
			texts[row.page] = changed
			if len(wrongFigures(texts["README"], texts["choosing"])) == 0 {
				t.Errorf("%s for %s is not found (%s)", row.new, row.old, row.why)
			}
		})
	}
}
