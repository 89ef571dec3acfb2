package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/smithy-go"
)

const (
	maxLoginBytes = 4 << 10

	// signInTimeout is for a call of the user pool with all its retries. It is short because a user waits for the
	// answer.
	signInTimeout = 5 * time.Second
)

// login answers POST /login, {"name","password"}, with {"token"}.
func login(ctx context.Context, r request) (response, error) {
	name, password, err := credentials(r)
	if err != nil {
		return failure(http.StatusBadRequest, "BadRequest", err.Error())
	}
	output, err := initiateAuth(ctx, name, password)
	switch {
	case err != nil:
		return refuse(ctx, err)
	case output.AuthenticationResult == nil:
		return failure(http.StatusForbidden, "ChallengeRequired",
			"the user pool wants more than this password: set a permanent one for the user")
	}
	body, err := json.Marshal(map[string]*string{"token": output.AuthenticationResult.IdToken})
	return answer(http.StatusOK, "application/json", string(body)), err
}

// initiateAuth signs a user in. That takes no permission. The user pool makes guessing slow, since it locks a user out
// after wrong passwords (Cognito Developer Guide, authentication-flow-things-to-know).
func initiateAuth(ctx context.Context, name, password string) (*cognitoidentityprovider.InitiateAuthOutput, error) {
	ctx, cancel := context.WithTimeout(ctx, signInTimeout)
	defer cancel()
	sdk, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, fmt.Errorf("configure the AWS SDK: %w", err)
	}
	return cognitoidentityprovider.NewFromConfig(sdk).InitiateAuth(ctx, &cognitoidentityprovider.InitiateAuthInput{
		AuthFlow:       types.AuthFlowTypeUserPasswordAuth,
		AuthParameters: map[string]string{"USERNAME": name, "PASSWORD": password},
		ClientId:       aws.String(os.Getenv("CLIENT_ID")),
	})
}

// refuse answers for a sign-in that failed. A message of the user pool may quote the name or the password, so the log
// has its code only.
func refuse(ctx context.Context, err error) (response, error) {
	var refused smithy.APIError
	reason := err.Error()
	if errors.As(err, &refused) {
		reason = refused.ErrorCode()
	}
	switch reason {
	case "NotAuthorizedException":
		return failure(http.StatusUnauthorized, "Unauthorized", "the name or the password is wrong")
	case "InvalidParameterException":
		return failure(http.StatusBadRequest, "BadRequest", "the user pool takes no such name or password")
	}
	slog.ErrorContext(ctx, "the user pool signs nobody in", "reason", reason)
	return failure(
		http.StatusServiceUnavailable, "Unavailable", "nobody can sign in at the moment: try again in some seconds")
}

// credentials reads the body. The errors are for the client, and quote nothing of the body.
func credentials(r request) (name, password string, err error) {
	const want = `send {"name":"…","password":"…"}`
	body, err := bodyOf(r)
	if err != nil || len(body) > maxLoginBytes || !utf8.Valid(body) {
		return "", "", errors.New("the body is not JSON of at most 4 KB: " + want)
	}
	var fields struct{ Name, Password string }
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if decoder.Decode(&fields) != nil {
		return "", "", errors.New("the body is not the JSON of a login: " + want)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return "", "", errors.New("something follows the JSON object: " + want)
	}
	if fields.Name == "" || fields.Password == "" {
		return "", "", errors.New("a name and a password: " + want)
	}
	return fields.Name, fields.Password, nil
}
