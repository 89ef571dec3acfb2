package waf

import (
	"encoding/json"
	"slices"
)

// geoMatch matches every request or none, since all viewers here come from one country (GeoMatchStatement).
type geoMatch struct {
	listed bool
	labels []string
}

// matches labels each request that it judges, matching or not. The region's label has XX, which AWS WAF writes where
// it does not know the region (AWS WAF Developer Guide, waf-rule-statement-type-geo-match).
func (s geoMatch) matches(q *request) bool {
	q.newLabels = append(q.newLabels, s.labels...)
	return s.listed
}

func (c *compiler) geoMatch(kind string, document json.RawMessage) (statement, error) {
	var config struct{ CountryCodes []string }
	if err := decodeStatement(kind, document, &config); err != nil {
		return nil, err
	}
	country := c.config.ViewerCountry
	if country == "" {
		return nil, notSimulatedError(kind + ", since --viewer-country is not given")
	}
	return geoMatch{slices.Contains(config.CountryCodes, country), []string{
		"awswaf:clientip:geo:country:" + country, "awswaf:clientip:geo:region:" + country + "-XX",
	}}, nil
}
