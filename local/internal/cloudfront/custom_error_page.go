package cloudfront

import (
	"fmt"
	"net/http"
	"slices"
)

// customErrorPage is the page of a custom error response, and the status that the viewer gets with it.
type customErrorPage struct {
	path   string
	status int // 0: the status of the error
}

// Statuses that CloudFront takes in a custom error response (CloudFront Developer Guide,
// creating-custom-error-pages and custom-error-pages-response-code).
var (
	statusesWithPage = []int{400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504}
	statusesOfPages  = append([]int{200}, statusesWithPage...)
)

// newCustomErrorPages reads the pages by the status of the error. An entry without a page concerns the cache only.
func newCustomErrorPages(responses []customErrorResponse) (map[int]*customErrorPage, error) {
	pages := map[int]*customErrorPage{}
	for _, response := range responses {
		code, status := response.ErrorCode, response.ResponseCode
		switch {
		case response.ResponsePagePath == "" && status == 0:
			continue
		case response.ResponsePagePath == "":
			return nil, fmt.Errorf("CustomErrorResponses: status %d has a ResponseCode and no ResponsePagePath", code)
		case !slices.Contains(statusesWithPage, code):
			return nil, fmt.Errorf("CustomErrorResponses: CloudFront takes no page for status %d", code)
		case status != 0 && !slices.Contains(statusesOfPages, status):
			return nil, fmt.Errorf("CustomErrorResponses: CloudFront takes no ResponseCode %d", status)
		}
		if problem := checkURI(response.ResponsePagePath); problem != "" {
			return nil, fmt.Errorf("CustomErrorResponses: the ResponsePagePath of status %d %s", code, problem)
		}
		pages[code] = &customErrorPage{path: response.ResponsePagePath, status: status}
	}
	return pages, nil
}

// answerWithPage answers with the page in place of an error, and reports whether there is one. CloudFront requests the
// page as a viewer would, from the origin of the cache behavior that its path chooses. If that fails, the viewer gets
// the page's error (CloudFront Developer Guide, GeneratingCustomErrorResponses). No function on a viewer event runs
// (lambda-cloudfront-trigger-events). AWS does not say which behavior's response headers policy applies. Here it is
// that of the page.
func (x *exchange) answerWithPage(status int) bool {
	page := x.d.errorPages[status]
	if page == nil || x.page != nil {
		return false
	}
	y := *x
	y.page = &customErrorPage{path: page.path, status: page.status}
	if y.page.status == 0 {
		y.page.status = status
	}
	y.path, y.query = page.path, ""
	y.behavior = x.d.behaviorFor(page.path)
	y.r = y.r.WithContext(x.record().Aside(y.r.Context())) // the error decided, and the page does not
	y.dropHopByHop()
	if y.r.Method != http.MethodHead {
		y.r.Method = http.MethodGet
	}
	y.r.Body, y.r.ContentLength, y.r.TransferEncoding = http.NoBody, 0, nil
	for _, name := range []string{
		"Content-Length", "Content-Type", "If-Match", "If-Modified-Since", "If-None-Match", "If-Range",
		"If-Unmodified-Since", "Range",
	} {
		y.r.Header.Del(name) // these are about the object that the viewer asked for
	}
	if err := y.goToOrigin(); err != nil {
		y.refuse(err)
	}
	return true
}

// finalStatus is the status of an answer, which a custom error response may replace.
func (x *exchange) finalStatus(status int) int {
	if x.page != nil && status < 400 {
		return x.page.status
	}
	return status
}
