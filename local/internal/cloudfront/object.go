package cloudfront

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"
)

// object is an S3 object, open for reading.
type object struct {
	io.ReadSeeker
	closer   io.Closer
	modified time.Time
	etag     string            // in quotes
	metadata map[string]string // headers
}

func (o *object) Close() error { return o.closer.Close() }

// source is a folder or zip file whose files a deployment copies into a bucket. Neither a name nor a symbolic link in
// it leads out of it.
type source struct {
	files fs.FS
	// markers replaces texts in the files by values that only a deployment knows. It is nil where there are none.
	markers *strings.Replacer
}

// open returns the file of a name, or nil if there is no such file. A name with dot segments or empty segments is that
// of no file ([fs.ValidPath]).
func (s source) open(name string) *object {
	file, err := s.files.Open(name)
	if err != nil {
		return nil
	}
	o, err := s.object(file)
	if err != nil {
		file.Close()
		return nil
	}
	return o
}

// multipart is the size in bytes from which the AWS CLI uploads a file in parts (AWS CLI Command Reference,
// s3-config). The ETag is the MD5 of the content below it, and is not above it (Amazon S3 API Reference, API_Object).
const multipart = 8 << 20

func (s source) object(file fs.File) (*object, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no file", info.Name())
	}
	o := &object{closer: file, modified: info.ModTime()}
	var seeks bool
	if o.ReadSeeker, seeks = file.(io.ReadSeeker); !seeks || s.markers != nil {
		content, err := io.ReadAll(file)
		if err != nil {
			return nil, err
		}
		if s.markers != nil {
			content = []byte(s.markers.Replace(string(content)))
		}
		o.ReadSeeker = bytes.NewReader(content)
	}
	hash := md5.New()
	if info.Size() < multipart {
		if _, err := io.Copy(hash, o); err != nil {
			return nil, err
		}
		o.etag = `"` + hex.EncodeToString(hash.Sum(nil)) + `"`
		_, err = o.Seek(0, io.SeekStart)
		return o, err
	}
	fmt.Fprint(hash, info.Name(), info.Size(), info.ModTime())
	o.etag = fmt.Sprintf(`"%x-%d"`, hash.Sum(nil), (info.Size()+multipart-1)/multipart)
	return o, nil
}
