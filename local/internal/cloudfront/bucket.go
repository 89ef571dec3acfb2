package cloudfront

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/furl-cdk/furl/local/internal/journal"
)

// bucket answers as S3 does for the objects of a bucket. It also serves a folder that stands in for an origin.
type bucket struct {
	name string // domain name of the origin, for messages
	// host is the name that a request must have in Host, since it chooses the bucket (Amazon S3 User Guide,
	// VirtualHosting). Any will do if it is "".
	host        string
	deployments []deployment // a later one replaces the objects of an earlier one
	access      *bucketAccess
	website     *website // nil: the REST API
}

// website is the configuration of a bucket's website endpoint (Amazon S3 User Guide, WebsiteEndpoints).
type website struct{ index, errorDocument string }

// ServeHTTP implements [http.Handler]. It reads the key from RequestURI, as the path may be no clean one. CloudFront
// needs GetObject only, so other methods than GET and HEAD are denied.
func (b *bucket) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Server", "AmazonS3")
	path, _, _ := strings.Cut(r.RequestURI, "?")
	key, err := url.PathUnescape(strings.TrimPrefix(path, "/"))
	if err != nil || r.Method != http.MethodGet && r.Method != http.MethodHead {
		b.refuse(w, r, denied("CloudFront gets objects, and does nothing else"))
		return
	}
	switch {
	case b.host != "" && r.Host != b.host:
		b.refuse(w, r, noSuchBucket)
	case b.website != nil:
		b.serveWebsite(w, r, key)
	case b.serve(w, r, key):
	case b.access.mayList():
		b.refuse(w, r, noSuchKey)
	default:
		b.refuse(w, r, denied("there is no such object, and CloudFront may not list the bucket"))
	}
}

// serve answers with an object, and reports whether there is one. It denies an object that CloudFront may not read.
func (b *bucket) serve(w http.ResponseWriter, r *http.Request, key string) bool {
	o := b.find(key)
	if o == nil {
		return false
	}
	defer o.Close()
	if decision := b.access.mayGet(key); !decision.Allowed {
		b.refuse(w, r, denied(decision.Reason))
		return true
	}
	header := w.Header()
	header.Set("Content-Type", contentType(key))
	header.Set("ETag", o.etag)
	for name, value := range o.metadata {
		header.Set(name, value)
	}
	http.ServeContent(w, r, "", o.modified, o)
	return true
}

// serveWebsite answers as the website endpoint does. A key that ends with a slash stands for the index document below
// it. A key without the slash is redirected, if there is such a document (Amazon S3 User Guide, IndexDocumentSupport).
func (b *bucket) serveWebsite(w http.ResponseWriter, r *http.Request, key string) {
	if key == "" || strings.HasSuffix(key, "/") {
		key += b.website.index
	}
	if b.serve(w, r, key) {
		return
	}
	if o := b.find(key + "/" + b.website.index); o != nil {
		o.Close()
		path, _, _ := strings.Cut(r.RequestURI, "?")
		w.Header().Set("Location", path+"/")
		w.WriteHeader(http.StatusFound)
		return
	}
	page, notFound := b.website.errorDocument, &statusWriter{w, http.StatusNotFound}
	if page != "" && b.serve(notFound, withoutConditions(r), page) {
		return
	}
	b.refuse(w, r, noSuchKey)
}

// bucketError is an answer of S3 instead of an object. The reason is for the developer only.
type bucketError struct {
	status                int
	code, message, reason string
}

var (
	noSuchBucket = bucketError{404, "NoSuchBucket", "The specified bucket does not exist", "no bucket has its Host"}
	noSuchKey    = bucketError{404, "NoSuchKey", "The specified key does not exist.", "there is no such object"}
)

func denied(reason string) bucketError {
	return bucketError{403, "AccessDenied", "Access Denied", reason}
}

// refuse answers with an error in XML, or in HTML at a website endpoint (Amazon S3 API Reference, ErrorResponses).
func (b *bucket) refuse(w http.ResponseWriter, r *http.Request, e bucketError) {
	journal.From(r.Context()).Decide("origin "+b.name, e.code+": "+e.reason)
	document := struct {
		XMLName       xml.Name `xml:"Error"`
		Code, Message string
	}{Code: e.code, Message: e.message}
	text, _ := xml.Marshal(document) // a struct of strings
	body, kind := xml.Header+string(text), "application/xml"
	if b.website != nil {
		kind = "text/html; charset=utf-8"
		body = fmt.Sprintf("<html><head><title>%d %[2]s</title></head><body><h1>%[1]d %[2]s</h1><p>%[3]s: %[4]s</p>"+
			"</body></html>\n", e.status, http.StatusText(e.status), e.code, e.message)
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Length", fmt.Sprint(len(body)))
	w.WriteHeader(e.status)
	if r.Method != http.MethodHead {
		_, _ = w.Write([]byte(body))
	}
}

// find returns the object of a key, or nil. The latest deployment that has it decides.
func (b *bucket) find(key string) *object {
	for i := len(b.deployments) - 1; i >= 0; i-- {
		if o := b.deployments[i].find(key); o != nil {
			return o
		}
	}
	return nil
}

// statusWriter writes another status than 200.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(int) { w.ResponseWriter.WriteHeader(w.status) }

// withoutConditions returns a request for the whole of another object.
func withoutConditions(r *http.Request) *http.Request {
	plain := r.Clone(r.Context())
	for _, name := range []string{
		"If-Match", "If-Modified-Since", "If-None-Match", "If-Range", "If-Unmodified-Since", "Range",
	} {
		plain.Header.Del(name)
	}
	return plain
}
