package blockkit

// Slack's limits, each beside the page that it comes from. Pages are below
// https://docs.slack.dev/reference/ as they stood in 2026. Lengths are counted
// in Unicode code points.
const (
	// methods/chat.postMessage
	maxText        = 40_000 // longer text is cut by Slack
	maxBlocks      = 50     // block-kit/blocks: "up to 50 blocks in each message"
	maxAttachments = 100
	maxMarkdown    = 12_000 // block-kit/blocks/markdown-block: in all of a message

	// Not documented: the blocks of one message may hold about 13,200
	// characters as they are rendered, entities counted as written and each
	// header about 100 more, or Slack answers msg_blocks_too_long. Measured by
	// others; maxRendered is refused, budget is what Fit stays within.
	maxRendered   = 13_200
	headerWeight  = 100
	budgetOfBlock = 11_000

	maxID = 255 // block-kit/blocks: block_id; block-kit/block-elements: action_id

	// block-kit/composition-objects/text-object
	maxTextObject = 3_000

	// block-kit/blocks/section-block
	maxSectionFields = 10
	maxFieldText     = 2_000

	// block-kit/blocks/header-block
	maxHeader      = 150
	maxHeaderLevel = 4

	// block-kit/blocks/context-block, context-actions-block
	maxContext        = 10
	maxContextActions = 5

	// block-kit/blocks/image-block, block-elements/image-element
	maxAltText = 2_000

	maxImageTitle = 2_000

	// block-kit/blocks/actions-block
	maxActions = 25

	// block-kit/block-elements/button-element
	maxButtonText  = 75
	maxButtonValue = 2_000

	// block-kit/composition-objects/confirmation-dialog-object
	maxConfirmTitle  = 100
	maxConfirmText   = 300
	maxConfirmButton = 30

	// block-kit/composition-objects/option-object, option-group-object
	maxOptionText   = 75
	maxOptionValue  = 150
	maxOptions      = 100
	maxOptionGroups = 100
	maxPlaceholder  = 150
	maxOverflow     = 5
	maxChoices      = 10 // checkboxes and radio buttons

	// block-kit/blocks/input-block, block-elements/plain-text-input-element
	maxInputLabel  = 2_000
	maxInputHint   = 2_000
	maxInputLength = 3_000

	// block-kit/blocks/table-block, data-table-block
	maxTableRows  = 100
	maxTableCells = 20
	maxTableText  = 10_000 // in all cells
	maxTables     = 1      // in a message
	maxPageSize   = 100
	minDataRows   = 2 // with the header row
	maxDataRows   = 101

	// block-kit/blocks/data-visualization-block
	maxChartTitle    = 50
	maxChartSegments = 12
	maxChartSeries   = 6
	maxCharts        = 2 // in a message; observed

	// block-kit/blocks/container-block, layout-block
	maxContainerBlocks = 10
	maxContainerTitle  = 150
	maxLayoutRows      = 5
	maxLayoutItems     = 3
	maxLayoutLabel     = 150

	// block-kit/blocks/card-block, carousel-block
	maxCardTitle   = 150
	maxCardBody    = 200
	maxCardActions = 3
	maxCarousel    = 10

	// block-kit/blocks/video-block: "must be less than 200 characters", and 50
	maxVideoTitle  = 199
	maxVideoAuthor = 49
	maxVideoText   = 199
)
