package cloudfront

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
)

// addStandIn notes the folder or the server that the developer named in place of an origin. In place of a bucket a
// folder answers as the bucket does. Else it answers as a website whose index document is index.html.
func (c *Config) addStandIn(domainName, value string) error {
	if strings.Contains(value, "://") {
		address, err := serverAddress(value)
		if err != nil {
			return err
		}
		c.StandIns[domainName] = address
		return nil
	}
	files, err := openSource(value)
	if err != nil {
		return fmt.Errorf("open the folder: %w", err)
	}
	content := &bucket{name: domainName, deployments: []deployment{{sources: []source{{files: files}}}}}
	if name, isWebsite := bucketOf(domainName); name == "" || isWebsite {
		content.website = &website{index: "index.html"}
	}
	c.Contents[domainName] = content
	return nil
}

// serverAddress is the host:port of a server on this machine. furl calls nothing outside of it.
func serverAddress(value string) (string, error) {
	parsed, err := url.Parse(value)
	if err != nil {
		return "", err
	}
	ip := net.ParseIP(parsed.Hostname())
	switch {
	case parsed.Scheme != "http" || strings.Trim(parsed.Path, "/") != "" || parsed.RawQuery != "" || parsed.User != nil:
		return "", errors.New("want a folder, or a server as in http://127.0.0.1:5173")
	case parsed.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()):
		return "", fmt.Errorf("%s is not on this machine: want a loopback address", parsed.Hostname())
	case parsed.Port() == "":
		return net.JoinHostPort(parsed.Hostname(), "80"), nil
	}
	return parsed.Host, nil
}
