"""The runtime of python functions under `furl local`.

It loads the handler and gives it events, as AWS's runtime does (Lambda Developer Guide, python-handler, python-context,
python-exceptions, python-logging; aws/aws-lambda-python-runtime-interface-client 4.0.1). Two things differ. A Decimal
of a response loses the zeros at its end, and a named tuple becomes an array.

Events come on file descriptor 3 and answers go to file descriptor 4, in the frames that pipe.go describes. The
arguments are what redirects.go describes, the folders of the layers' packages, and those of this machine's packages. The
folders are joined by colons, and each argument may be empty.
"""

import decimal
import importlib
import importlib.machinery
import json
import logging
import os
import site
import sys
import threading
import time
import traceback

# The packages beside the standard library that AWS's runtime has (Lambda Developer Guide, lambda-python).
RUNTIME_PACKAGES = {"boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six", "urllib3"}
ASCII_RUNTIMES = {"AWS_Lambda_python3.9", "AWS_Lambda_python3.10", "AWS_Lambda_python3.11"}

events = os.fdopen(3, "rb")
answers = os.fdopen(4, "wb")
request_id = ""  # of the current event, for the log


class Fault(Exception):
    """An error of the runtime itself."""

    def __init__(self, error_type, message, trace=()):
        super().__init__(message)
        self.error_type = error_type
        self.trace = list(trace)


class LambdaContext:
    """The context object (Lambda Developer Guide, python-context)."""

    def __init__(self, aws_request_id, deadline, invoked_function_arn):
        self.aws_request_id = aws_request_id
        self.invoked_function_arn = invoked_function_arn
        self.function_name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME")
        self.function_version = os.environ.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.memory_limit_in_mb = os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.log_group_name = os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.client_context = None
        self.identity = CognitoIdentity()
        self.tenant_id = None
        self._deadline = deadline

    def get_remaining_time_in_millis(self):
        return max(0, self._deadline - int(time.time() * 1000))

    def log(self, message):
        sys.stdout.write(str(message))


class CognitoIdentity:
    """The identity of a caller with Amazon Cognito, which no caller here has."""

    cognito_identity_id = None
    cognito_identity_pool_id = None


class RuntimePackages:
    """Finds the packages of AWS's runtime among those of this machine. It finds no others, as AWS has no others."""

    def __init__(self, folders):
        self.folders = folders

    def find_spec(self, name, path=None, target=None):
        if name not in RUNTIME_PACKAGES:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, self.folders)
        if spec is None:
            advice = f"AWS's runtime has it. Here your machine must: {sys.executable} -m pip install {name}"
            raise ModuleNotFoundError(f"No module named '{name}'. {advice}", name=name)
        return spec


class Encoder(json.JSONEncoder):
    def default(self, o):
        if not isinstance(o, decimal.Decimal):
            return super().default(o)
        return int(o) if o.is_finite() and o == o.to_integral_value() else float(o)


encoder = Encoder(ensure_ascii=os.environ.get("AWS_EXECUTION_ENV") in ASCII_RUNTIMES)


class RequestId(logging.Filter):
    def filter(self, record):
        record.aws_request_id = request_id
        return True


class Stdout(logging.Handler):
    def emit(self, record):
        sys.stdout.write(self.format(record))


def redirect_hosts(ca, ports):
    """Leads TLS connections to port 443 of the hosts to this machine, where they have a certificate of the CA."""
    import socket
    import ssl

    find = socket.getaddrinfo

    def getaddrinfo(host, port, *args, **kwargs):
        name = host.decode() if isinstance(host, bytes) else host
        if name in ports and port in (443, "443", "https"):
            host, port = "127.0.0.1", ports[name]
        return find(host, port, *args, **kwargs)

    def trusting(wrap, position):
        def wrapper(context, *args, **kwargs):
            name = kwargs.get("server_hostname") or (args[position] if len(args) > position else None)
            if name in ports:
                context.load_verify_locations(cafile=ca)  # the CA is for these hosts only
            return wrap(context, *args, **kwargs)

        return wrapper

    socket.getaddrinfo = getaddrinfo
    ssl.SSLContext.wrap_socket = trusting(ssl.SSLContext.wrap_socket, 4)
    ssl.SSLContext.wrap_bio = trusting(ssl.SSLContext.wrap_bio, 3)


def set_up_logging():
    logging.Formatter.converter = time.gmtime
    handler = Stdout()
    form = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s\n"
    handler.setFormatter(logging.Formatter(form, "%Y-%m-%dT%H:%M:%S"))
    handler.addFilter(RequestId())
    logging.getLogger().addHandler(handler)


def load_handler(name):
    """Returns the function that "folder/module.function" names."""
    module_name, dot, function_name = name.rpartition(".")
    if not dot:
        message = f"Bad handler '{name}': not enough values to unpack (expected 2, got 1)"
        raise Fault("Runtime.MalformedHandlerName", message)
    if module_name.split(".")[0] in sys.builtin_module_names:
        message = f"Cannot use built-in module {module_name} as a handler module"
        raise Fault("Runtime.BuiltInModuleConflict", message)
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as e:
        raise Fault("Runtime.ImportModuleError", f"Unable to import module '{module_name}': {e}") from e
    except SyntaxError as e:
        trace = [f'  File "{e.filename}" Line {e.lineno}\n    {e.text}']
        raise Fault("Runtime.UserCodeSyntaxError", f"Syntax error in module '{module_name}': {e}", trace) from e
    handler = getattr(module, function_name, None)
    if handler is None:
        raise Fault("Runtime.HandlerNotFound", f"Handler '{function_name}' missing on module '{module_name}'")
    return handler


def send(kind, content):
    answers.write(kind + len(content).to_bytes(4, "big") + content)
    answers.flush()


def send_error(kind, error):
    """Logs an error and sends it as the error object of AWS's runtime."""
    if isinstance(error, Fault):
        error_type, trace = error.error_type, error.trace
    else:
        frames = traceback.extract_tb(error.__traceback__)
        error_type = type(error).__name__
        trace = traceback.format_list([frame for frame in frames if frame.filename != __file__])
    sys.stdout.write(f"[ERROR] {error_type}: {error}\nTraceback (most recent call last):\n" + "".join(trace) + "\n")
    report = {"errorMessage": str(error), "errorType": error_type, "requestId": request_id, "stackTrace": trace}
    send(kind, encoder.encode(report).encode())


def answer(handler, event, context):
    try:
        event = json.loads(event)
    except ValueError as e:
        raise Fault("Runtime.UnmarshalError", f"Unable to unmarshal input: {e}") from e
    response = handler(event, context)
    if isinstance(response, bytes):
        return response
    try:
        return encoder.encode(response).encode()
    except Exception as e:
        raise Fault("Runtime.MarshalError", f"Unable to marshal response: {e}") from e


def next_event():
    header = events.read(5)
    content = events.read(int.from_bytes(header[1:], "big"))
    if len(header) < 5:
        os._exit(1)  # furl is gone
    line, _, event = content.partition(b"\n")
    return line.decode().split(" "), event


def serve(handler):
    global request_id
    send(b"R", b"")
    while True:
        (request_id, deadline, trace_id, arn), event = next_event()
        os.environ["_X_AMZN_TRACE_ID"] = trace_id
        try:
            content = answer(handler, event, LambdaContext(request_id, int(deadline), arn))
        except Exception as e:
            send_error(b"F", e)
        else:
            send(b"A", content)


def end_with_furl():
    """Ends a busy handler when furl is killed. furl holds the other end of stdin."""
    while os.read(0, 1):
        pass
    os._exit(1)


def main():
    threading.Thread(target=end_with_furl, daemon=True).start()
    site.setquit()  # -S leaves it out
    redirects = sys.argv[1]
    layers, packages = (argument.split(":") for argument in sys.argv[2:4])
    del sys.argv[1:]
    sys.path[0:1] = [os.environ["LAMBDA_TASK_ROOT"]]
    sys.path += [folder for folder in layers if folder and folder not in sys.path]
    sys.meta_path.append(RuntimePackages([folder for folder in packages if folder]))
    set_up_logging()
    if redirects:
        redirect_hosts(**json.loads(redirects))
    try:
        handler = load_handler(os.environ["_HANDLER"])
    except Exception as e:
        send_error(b"X", e)
        os._exit(1)
    serve(handler)


main()
