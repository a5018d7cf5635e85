# fn-slack. The platform's older scripts are Python 2 and cannot import json, so
# the text is put together here. Its only escape is \uXXXX, which every reader
# reads the same; others take C:\temp for a path as it stands. Whole-text
# replacements keep within the number of lines that a script may execute, and
# no function calls another, which not every way of running a script allows.
def quoted(value):
    if value is None:
        return "null"
    text = (u"%s" % value).replace("\\", "\\u005c").replace('"', "\\u0022")
    for code in range(32):
        text = text.replace(chr(code), "\\u%04x" % code)
    return '"' + text.replace(":\\", "\\u003a\\") + '"'


def field(label, kind, data):
    return '  "%s": { "type": "%s", "data": %s }' % (label, kind, data)


def details(fields):
    return "{\n" + ",\n".join(fields) + "\n}"


