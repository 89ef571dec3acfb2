# Prints the faults of a command of the AWS CLI, by botocore's models.
#
#     python3 aws_command.py lambda get-policy …

import sys

from botocore import session, xform_name

# Flags of the CLI itself (AWS CLI User Guide, cli-configure-options), and of its pagination (cli-usage-pagination).
GENERAL = {"region", "query", "output", "profile", "max-items"}


def wrong(service, operation, words):
    model = session.get_session().get_service_model(service)
    names = {xform_name(name, "-"): name for name in model.operation_names}
    if operation not in names:
        return f"aws {service} has no command {operation}"
    shape = model.operation_model(names[operation]).input_shape
    flags = {xform_name(name, "-") for name in shape.members} | GENERAL
    given = [word[2:] for word in words if word.startswith("--")]
    unknown = [flag for flag in given if flag not in flags]
    missing = [name for name in shape.required_members if xform_name(name, "-") not in given]
    if unknown or missing:
        return f"aws {service} {operation}: unknown flags {unknown}, missing {missing}"
    return ""


message = wrong(sys.argv[1], sys.argv[2], sys.argv[3:])
if message:
    sys.exit(message)
