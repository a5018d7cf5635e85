# A note says where it was posted, and who is there. There is none where nothing
# was posted, as when a layout skips the message.
if results and results.get("url"):
    text = u'%s was posted to the Slack channel <a href="%s">#%s</a>.' % (what, escaped(results.get("url")), escaped(results.get("channel")))
    if results.get("user_info"):
        text = text + u"<br>Members of the channel:<br>" + u"<br>".join([escaped(user) for user in results.get("user_info")])
    place.addNote(helper.createRichText(text))
