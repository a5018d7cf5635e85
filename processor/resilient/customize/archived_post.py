# A note says that the channel is archived.
if results and results.get("channel"):
    place.addNote(helper.createRichText(u"The Slack channel #%s was archived; its history is among the attachments." % escaped(results.get("channel"))))
