import words


def handler(event, context):
    return {"statusCode": 200, "body": f"{words.count(event.get('body') or '')} words"}
