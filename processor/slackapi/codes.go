package slackapi

import (
	"fmt"
	"strings"
)

type class int

const (
	classMessage   class = iota // the message is wrong; also every code that is not known
	classRetry                  // nothing was done, later may work
	classAmbiguous              // may have been done
	classChannel                // a person must act for this channel
	classToken                  // a person must act for every channel
)

// sort names the class of one of Slack's error codes. The lists follow the
// error table of https://docs.slack.dev/reference/methods/chat.postMessage.
func sort(code string) class {
	switch code {
	case "ratelimited", "rate_limited", "message_limit_exceeded", "service_unavailable", "request_timeout",
		"team_added_to_org", "org_login_required", "accesslimited":
		return classRetry
	case "fatal_error", "internal_error":
		return classAmbiguous
	case "channel_not_found", "not_in_channel", "is_archived", "messages_tab_disabled", "team_not_found",
		"ekm_access_denied", "thread_not_found", "user_not_found", "cannot_create_channel", "user_is_restricted",
		"cant_archive_general", "cant_archive_required",
		"file_uploads_disabled", "file_uploads_except_images_disabled", "file_type_not_allowed", "file_upload_size_restricted":
		return classChannel
	case "not_authed", "invalid_auth", "account_inactive", "token_revoked", "token_expired", "missing_scope",
		"no_permission", "not_allowed_token_type", "access_denied", "app_access_restricted",
		"enterprise_is_restricted", "two_factor_setup_required":
		return classToken
	}
	if strings.HasPrefix(code, "restricted_action") {
		return classChannel
	}
	return classMessage
}

// advice is one sentence: what a person can do about the refusal.
func (e *RefusedError) advice() string {
	channel := fmt.Sprintf("Channel %q", e.Channel)
	if e.Channel == "" {
		channel = "The channel"
	}
	switch e.Code {
	case "channel_not_found":
		return channel + " does not exist or the app cannot see it: invite the app with /invite, or correct slack_channel."
	case "not_in_channel":
		if e.asked {
			return "The app is not a member of the channel, and can only post there: invite it with /invite, so that it can look."
		}
		return "The app is not a member of the channel: invite it with /invite, or give it the scope chat:write.public."
	case "cannot_create_channel", "user_is_restricted":
		return "The app may not make channels here: ask a Slack administrator to allow it, or make the channel and invite the app with /invite."
	case "cant_archive_general", "cant_archive_required":
		return channel + " is one that the workspace always has."
	case "file_uploads_disabled":
		return "Uploads are switched off in this workspace: ask a Slack administrator to allow them."
	case "file_uploads_except_images_disabled":
		return "This workspace takes no files but images: ask a Slack administrator to allow others."
	case "file_type_not_allowed":
		return "This workspace takes no files of this type: ask a Slack administrator to allow it."
	case "file_upload_size_restricted":
		return "The file is larger than this workspace takes: ask a Slack administrator for the limit."
	case "is_archived":
		return channel + " is archived: unarchive it, or name another one in slack_channel."
	case "messages_tab_disabled":
		return "The person cannot get messages of the app: switch on the app's Messages tab under App Home."
	case "user_not_found":
		return fmt.Sprintf("User %q does not exist: correct slack_channel.", e.Channel)
	case "ekm_access_denied":
		return "The workspace's key management forbids posting now: ask its administrator."
	case "team_not_found":
		return "The workspace of this channel is not there any more: correct slack_channel."
	case "missing_scope":
		needed := e.Needed
		if needed == "" {
			needed = "the missing one"
		}
		return fmt.Sprintf("The app lacks a scope: add %s under OAuth & Permissions, reinstall the app, and put the new token into api_token.", needed)
	case "not_authed", "invalid_auth", "token_revoked", "token_expired", "account_inactive":
		return "The token does not work (any more): put a valid bot token into api_token."
	case "not_allowed_token_type":
		return "This kind of token cannot post: put the bot token (xoxb-…) into api_token."
	case "no_permission", "access_denied", "app_access_restricted", "enterprise_is_restricted", "two_factor_setup_required":
		return "The workspace does not let the app post: ask a Slack administrator to approve it."
	}
	if strings.HasPrefix(e.Code, "restricted_action") {
		return "Posting to this channel is restricted: ask a Slack administrator to allow the app there."
	}
	return "Ask a Slack administrator."
}

// advice is one sentence: what a person can do about the message.
func (e *InvalidError) advice() string {
	switch e.Code {
	case "no_channel":
		return "Name a channel in slack_channel."
	case "no_text":
		return "The layout made an empty message: give it text or blocks."
	case "msg_too_long", "msg_blocks_too_long", "markdown_text_too_long":
		return "Shorten the layout or the fields."
	case "invalid_blocks", "invalid_blocks_format", "invalid_attachments", "too_many_attachments", "attachment_payload_limit_exceeded":
		return "Correct the layout script; fmt-test shows the same message."
	case "as_user_not_supported":
		return "Today's Slack apps cannot post as a user: leave slack_as_user out."
	case "cannot_reply_to_message":
		return "This message takes no replies: correct slack_thread_id."
	}
	return "Correct the inputs of the function or the layout script."
}
