

def date(value):
    return "%s" % value if value else "null"


def joined(values):
    return u", ".join([u"%s" % value for value in values]) if values else None
