package blockkit

import (
	"maps"
	"strconv"
	"sync"
	"unicode/utf8"
)

// rules are built at the first use: a program that validates nothing pays
// nothing.
var rules = sync.OnceValue(newRules)

type ruleSet struct {
	block      rule
	attachment rule
}

// id is a block_id, which must be unique in its message.
func id(c *checker, at *path, x any) {
	before := len(c.found)
	text(1, maxID)(c, at, x)
	if id, ok := x.(string); ok && len(c.found) == before && !once(&c.blockIDs, id) {
		c.report(at, "unique", "the block_id %q is used twice in this message", id)
	}
}

// blockRule is an object with the members that all blocks have.
func blockRule(kind string, p props, required string, more ...func(*checker, *path, map[string]any)) rule {
	p["type"], p["block_id"] = anything, id
	return object("a "+kind+" block", p, required, more...)
}

// limited counts the blocks of a kind in the message.
func limited(kind string, max int) func(*checker, *path, map[string]any) {
	return func(c *checker, at *path, _ map[string]any) {
		if c.counts[kind]++; c.counts[kind] == max+1 {
			c.report(at, "max "+strconv.Itoa(max)+" per message", "a message may hold at most %d %s", max, kind)
		}
	}
}

func newRules() ruleSet {
	elements := elementRules()
	richText := richTextRule()
	image := elements["image"]
	interactive := []string{"button", "workflow_button", "checkboxes", "radio_buttons", "datepicker", "timepicker", "datetimepicker", "overflow",
		"static_select", "external_select", "users_select", "conversations_select", "channels_select"}
	multi := []string{"multi_static_select", "multi_external_select", "multi_users_select", "multi_conversations_select", "multi_channels_select"}
	inputs := append([]string{"checkboxes", "radio_buttons", "datepicker", "timepicker", "datetimepicker", "static_select", "external_select",
		"users_select", "conversations_select", "channels_select", "plain_text_input", "email_text_input", "url_text_input", "number_input",
		"rich_text_input", "file_input"}, multi...)
	texts := map[string]rule{"plain_text": anyText(maxTextObject), "mrkdwn": anyText(maxTextObject)}

	taskCard := taskCardRule(richText)
	card := blockRule("card", props{
		"hero_image": image, "icon": image, "title": mrkdwnText(maxCardTitle), "subtitle": mrkdwnText(maxCardTitle), "body": mrkdwnText(maxCardBody),
		"actions": items(1, maxCardActions, union("an action of a card", some(elements, "button"))),
	}, "", anyOf("a card", false, "hero_image", "title", "actions", "body"))

	blocks := map[string]rule{
		"section": blockRule("section", props{
			"text": anyText(maxTextObject), "fields": items(1, maxSectionFields, anyText(maxFieldText)), "expand": truth,
			"accessory": union("an accessory", some(elements, append(append([]string{"image"}, interactive...), multi...)...)),
		}, "", anyOf("a section", false, "text", "fields")),
		"header":          blockRule("header", props{"text": plainText(maxHeader), "level": integer(1, maxHeaderLevel)}, "text"),
		"divider":         blockRule("divider", props{}, ""),
		"context":         blockRule("context", props{"elements": items(1, maxContext, union("an element of a context block", with(texts, "image", image)))}, "elements"),
		"context_actions": blockRule("context_actions", props{"elements": items(1, maxContextActions, union("an element of context_actions", some(elements, "feedback_buttons", "icon_button")))}, "elements"),
		"image":           imageElement(props{"block_id": id, "title": plainText(maxImageTitle)}),
		"actions": blockRule("actions", props{"elements": items(1, maxActions, union("an element of an actions block",
			some(elements, append(append([]string{"rich_text_input"}, interactive...), multi...)...)))}, "elements"),
		"input": blockRule("input", props{
			"label": plainText(maxInputLabel), "hint": plainText(maxInputHint), "optional": truth, "dispatch_action": truth,
			"element": union("the element of an input block", some(elements, inputs...)),
		}, "label element"),
		"rich_text": richText,
		"markdown":  blockRule("markdown", props{"text": text(1, maxMarkdown)}, "text", countMarkdown),
		"table":     tableRule(richText),
		"video": blockRule("video", props{
			"alt_text": text(1, maxAltText), "title": plainText(maxVideoTitle), "thumbnail_url": url(), "video_url": url(), "title_url": url(),
			"author_name": text(1, maxVideoAuthor), "provider_name": text(1, maxID), "provider_icon_url": url(), "description": plainText(maxVideoText),
		}, "alt_text title thumbnail_url video_url"),
		"data_table":         dataTableRule(richText),
		"data_visualization": chartRule(),
		"card":               card,
		"carousel":           blockRule("carousel", props{"elements": items(1, maxCarousel, union("an element of a carousel", map[string]rule{"card": card}))}, "elements"),
		"task_card":          taskCard,
		"plan":               blockRule("plan", props{"title": text(1, noLimit), "tasks": items(0, maxBlocks, union("a task of a plan", map[string]rule{"task_card": taskCard}))}, "title"),
		"alert":              notHere,
		"file":               notHere,
	}
	maps.Copy(blocks, holderRules(blocks))

	all := union("a block", blocks)
	return ruleSet{block: all, attachment: attachmentRule(all)}
}

func taskCardRule(richText rule) rule {
	return blockRule("task_card", props{
		"task_id": text(1, maxID), "title": text(1, noLimit), "details": richText, "output": richText,
		"status":  oneOf("pending", "in_progress", "complete", "error"),
		"sources": items(0, noLimit, object("a source", props{"type": oneOf("url"), "url": url(), "text": text(1, noLimit)}, "type url text")),
	}, "task_id title status")
}

// holderRules are the blocks that hold others, by the rules of those.
func holderRules(blocks map[string]rule) map[string]rule {
	children := union("a child block", some(blocks, "actions", "context", "divider", "header", "image", "input", "rich_text", "section", "table", "video"))
	container := blockRule("container", props{
		"title": plainText(maxContainerTitle), "rich_text_title": blocks["rich_text"], "subtitle": anyText(maxContainerTitle), "icon": imageElement(nil),
		"child_blocks": items(1, maxContainerBlocks, children), "width": oneOf("narrow", "standard", "wide", "full"),
		"is_collapsible": truth, "default_collapsed": truth, "has_header_divider": truth,
	}, "child_blocks", func(c *checker, at *path, o map[string]any) {
		if o["default_collapsed"] == true && o["is_collapsible"] != true {
			c.report(&path{up: at, key: "default_collapsed"}, "requires is_collapsible", "a container that starts collapsed must be collapsible")
		}
	})
	item := object("an item of a layout", props{"block": children, "width": anything}, "block")
	layout := blockRule("layout", props{
		"label": text(1, maxLayoutLabel),
		"rows":  items(1, maxLayoutRows, object("a row of a layout", props{"items": items(1, maxLayoutItems, item)}, "items")),
	}, "rows")
	return map[string]rule{"container": container, "layout": layout}
}

// notHere are blocks that Slack knows, but not in messages that apps post.
func notHere(c *checker, at *path, x any) {
	kind := x.(map[string]any)["type"]
	c.report(&path{up: at, key: "type"}, "surface", "%v blocks are not allowed in messages", kind)
}

func with(rules map[string]rule, name string, r rule) map[string]rule {
	out := maps.Clone(rules)
	out[name] = r
	return out
}

// countMarkdown limits the characters of all markdown blocks together. One that is
// too long by itself is reported for that alone.
func countMarkdown(c *checker, at *path, o map[string]any) {
	s, _ := o["text"].(string)
	n := utf8.RuneCountInString(s)
	if c.markdown += n; c.markdown > maxMarkdown && c.markdown-n <= maxMarkdown && n <= maxMarkdown {
		c.report(at, "cumulative "+strconv.Itoa(maxMarkdown), "the markdown blocks of a message may hold %d characters together", maxMarkdown)
	}
}

func cells(richText rule) map[string]rule {
	return map[string]rule{
		"raw_text":   object("a cell", props{"type": anything, "text": text(1, maxTableText)}, "text"),
		"raw_number": object("a cell", props{"type": anything, "value": number, "text": text(1, maxTableText)}, "value text"),
		"rich_text":  richText,
	}
}

func tableRule(richText rule) rule {
	return blockRule("table", props{
		"rows": items(1, maxTableRows, items(1, maxTableCells, union("a cell", cells(richText)))),
		"column_settings": items(0, maxTableCells, func(c *checker, at *path, x any) {
			if x != nil { // null keeps a column as it is
				object("a column setting", props{"align": oneOf("left", "center", "right"), "is_wrapped": truth}, "")(c, at, x)
			}
		}),
	}, "rows", cellText, limited("table", maxTables))
}

func dataTableRule(richText rule) rule {
	header := items(1, maxTableCells, union("a cell of the header row", some(cells(richText), "raw_text", "raw_number")))
	row := items(1, maxTableCells, union("a cell", cells(richText)))
	return blockRule("data_table", props{
		"caption": text(1, noLimit), "page_size": integer(1, maxPageSize), "row_header_column_index": integer(0, maxTableCells-1),
		"rows": items(minDataRows, maxDataRows, func(c *checker, at *path, x any) {
			if at.index == 0 {
				header(c, at, x)
			} else {
				row(c, at, x)
			}
		}),
	}, "rows caption", cellText, func(c *checker, at *path, o map[string]any) {
		rows, _ := o["rows"].([]any)
		for i := range rows {
			first, _ := rows[0].([]any)
			if cells, ok := rows[i].([]any); ok && len(cells) != len(first) {
				c.report(&path{up: &path{up: at, key: "rows"}, index: i}, "length", "row %d has %d cells, the header row has %d", i, len(cells), len(first))
			}
		}
	})
}

// cellText limits the characters of all cells together.
func cellText(c *checker, at *path, o map[string]any) {
	if weight(o["rows"]) > maxTableText {
		c.report(&path{up: at, key: "rows"}, "cumulative "+strconv.Itoa(maxTableText), "the cells of a table may hold %d characters together", maxTableText)
	}
}

func chartRule() rule {
	point := object("a data point", props{"label": text(1, noLimit), "value": number}, "label value")
	series := items(1, maxChartSeries, object("a series", props{"name": text(1, noLimit), "data": items(1, noLimit, point)}, "name data"))
	axes := object("an axis_config", props{"categories": items(1, noLimit, text(1, noLimit)), "x_label": text(1, noLimit), "y_label": text(1, noLimit)}, "categories")
	plot := object("a chart", props{"type": anything, "series": series, "axis_config": axes}, "series axis_config")
	return blockRule("data_visualization", props{
		"title": text(1, maxChartTitle),
		"chart": union("a chart", map[string]rule{
			"pie": object("a pie chart", props{"type": anything, "segments": items(1, maxChartSegments, point)}, "segments"),
			"bar": plot, "line": plot, "area": plot,
		}),
	}, "title chart", limited("data_visualization", maxCharts))
}
