package main

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-lambda-go/events"
)

// lease is the answer of POST /grant. Clients in the field expect these names.
type lease struct {
	FuncUrl         string // with the trailing slash
	Region          string // to sign for
	AccessKeyId     string
	SecretAccessKey string
	SessionToken    string
	Expiration      string // RFC 3339, UTC
	ServerTime      string // RFC 3339, UTC. A client with a wrong clock corrects its x-amz-date by it.
}

// refusal is an answer other than 200. The reason is for the log only, and empty if code and message say it all. A
// refusal is no Go error, so other failures cannot be mistaken for one.
type refusal struct {
	status     int
	code       string
	message    string
	reason     string
	retryAfter time.Duration
}

// respond makes an answer that no cache keeps. A page may read it if its origin is allowed.
func (h *handler) respond(status int, origin string, body any) (events.APIGatewayProxyResponse, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return events.APIGatewayProxyResponse{}, fmt.Errorf("encode the answer: %w", err)
	}
	headers := map[string]string{"Content-Type": "application/json", "Cache-Control": "no-store", "Vary": "Origin"}
	if allowed := h.allowedOrigin(origin); allowed != "" {
		headers["Access-Control-Allow-Origin"] = allowed
		headers["Access-Control-Expose-Headers"] = "Retry-After"
	}
	return events.APIGatewayProxyResponse{StatusCode: status, Headers: headers, Body: string(text)}, nil
}

func (h *handler) refuse(r *refusal, origin string) (events.APIGatewayProxyResponse, error) {
	answer, err := h.respond(r.status, origin, map[string]string{"error": r.code, "message": r.message})
	if err == nil && r.retryAfter > 0 {
		answer.Headers["Retry-After"] = strconv.Itoa(int(r.retryAfter.Seconds()))
	}
	return answer, err
}

// allowedOrigin is the value of Access-Control-Allow-Origin for a request of this origin, "" for none.
func (h *handler) allowedOrigin(origin string) string {
	for _, allowed := range h.config.allowedOrigins {
		if allowed == "*" || origin != "" && allowed == origin {
			return allowed
		}
	}
	return ""
}
