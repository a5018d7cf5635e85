package resilient

import (
	"encoding/json"
	"fmt"
)

// A Configuration is a part of an organisation's configuration, in the form in
// which the platform exports and imports it. It holds what the app needs; the
// other members of an export are passed over when it is read and are empty when
// it is written.
type Configuration struct {
	Fields        list[FieldDefinition]       `json:"fields"`
	Functions     list[FunctionDefinition]    `json:"functions"`
	Destinations  list[DestinationDefinition] `json:"message_destinations"`
	Tables        list[TableDefinition]       `json:"types"`
	Workflows     list[WorkflowDefinition]    `json:"workflows"`
	Rules         list[RuleDefinition]        `json:"actions"`
	Playbooks     list[Playbook]              `json:"playbooks,omitempty"` // older platforms know none
	IncidentTypes list[json.RawMessage]       `json:"incident_types"`

	// Server is the version of the platform that the configuration comes from, nil
	// for one of ours.
	Server json.RawMessage `json:"-"`
}

// The platform's numbers for what a field belongs to.
const (
	FieldOfIncident = 0
	FieldOfRule     = 6  // filled in when a rule is started; all rules share their fields
	FieldOfFunction = 11 // an input; all functions share their inputs
)

// A FieldDefinition is a property of incidents, a field of rules or an input of
// functions.
type FieldDefinition struct {
	ID         int                    `json:"id"`
	Type       int                    `json:"type_id"` // FieldOfIncident, FieldOfFunction, or another
	UUID       string                 `json:"uuid"`
	Name       string                 `json:"name"`
	Text       string                 `json:"text"`
	Prefix     *string                `json:"prefix"` // "properties" for a custom field of incidents
	InputType  string                 `json:"input_type"`
	Required   string                 `json:"required,omitempty"` // always, or nothing
	Tooltip    string                 `json:"tooltip"`
	Values     list[OptionDefinition] `json:"values"` // of a select input
	ExportKey  string                 `json:"export_key"`
	Changeable bool                   `json:"changeable"`

	// These an import must have; the app's fields leave them empty.
	Placeholder      string    `json:"placeholder"`
	Internal         bool      `json:"internal"`
	Chosen           bool      `json:"chosen"`
	ReadOnly         bool      `json:"read_only"`
	RichText         bool      `json:"rich_text"`
	HideNotification bool      `json:"hide_notification"`
	BlankOption      bool      `json:"blank_option"`
	ChosenByServer   bool      `json:"default_chosen_by_server"`
	Templates        list[any] `json:"templates"`
	Operations       list[any] `json:"operations"`
	OperationPerms   struct{}  `json:"operation_perms"`
}

// An OptionDefinition is one value of a select input. Workflows refer to it by
// its uuid, calls by its number and its label.
type OptionDefinition struct {
	UUID    string `json:"uuid"`
	Label   string `json:"label"`
	Value   int    `json:"value"`
	Enabled bool   `json:"enabled"`
	Hidden  bool   `json:"hidden"`
	Default bool   `json:"default"`
}

// A FunctionDefinition is a function.
type FunctionDefinition struct {
	ID          int                   `json:"id"`
	UUID        string                `json:"uuid"`
	Name        string                `json:"name"` // API name
	DisplayName string                `json:"display_name"`
	Description json.RawMessage       `json:"description"`        // a text with its format
	Destination string                `json:"destination_handle"` // API name
	Inputs      []ViewItem            `json:"view_items"`
	Workflows   list[json.RawMessage] `json:"workflows"` // that use it
	Version     int                   `json:"version"`
	ExportKey   string                `json:"export_key"`
}

// A ViewItem is the place of a field in the form of a function or a rule.
type ViewItem struct {
	Element        string  `json:"element"`    // field_uuid
	FieldType      string  `json:"field_type"` // __function, actioninvocation
	Content        string  `json:"content"`    // uuid of the field
	ShowIf         *string `json:"show_if"`
	ShowLinkHeader bool    `json:"show_link_header"`
	StepLabel      *string `json:"step_label"`
}

// A DestinationDefinition is a message destination with those who may use it.
type DestinationDefinition struct {
	UUID             string `json:"uuid"`
	Name             string `json:"name"`
	ProgrammaticName string `json:"programmatic_name"`
	DestinationType  int    `json:"destination_type"` // 0 is a queue
	ExpectAck        bool   `json:"expect_ack"`
	Users            []any  `json:"users"`
	APIKeys          []any  `json:"api_keys"`
	ExportKey        string `json:"export_key"`
}

// A WorkflowDefinition is a workflow. [WorkflowDefinition.Steps] reads its XML.
type WorkflowDefinition struct {
	ID               int             `json:"workflow_id"`
	UUID             string          `json:"uuid"`
	Name             string          `json:"name"`
	ProgrammaticName string          `json:"programmatic_name"`
	ObjectType       string          `json:"object_type"`
	Description      any             `json:"description"` // a text, or what the platform has
	Content          WorkflowContent `json:"content"`
	Actions          list[any]       `json:"actions"`
	ExportKey        string          `json:"export_key"`
}

// WorkflowContent is what a workflow does, as BPMN 2.0 XML.
type WorkflowContent struct {
	ID      string `json:"workflow_id"` // API name of the workflow
	XML     string `json:"xml"`
	Version int    `json:"version"`
}

// The platform's numbers for what starts a rule.
const (
	RuleAutomatic = 0
	RuleMenuItem  = 1
)

// A RuleDefinition is a rule.
type RuleDefinition struct {
	ID             int                 `json:"id"`
	UUID           string              `json:"uuid"`
	Name           string              `json:"name"`
	Type           int                 `json:"type"` // RuleAutomatic or RuleMenuItem, or another
	ObjectType     string              `json:"object_type"`
	Enabled        bool                `json:"enabled"`
	LogicType      string              `json:"logic_type"`                 // all, any or advanced
	Custom         string              `json:"custom_condition,omitempty"` // with advanced: the conditions by their numbers, with AND and OR
	Conditions     list[RuleCondition] `json:"conditions"`
	Workflows      []string            `json:"workflows"` // API names
	TimeoutSeconds int                 `json:"timeout_seconds"`
	Destinations   list[any]           `json:"message_destinations"`
	Automations    list[any]           `json:"automations"`
	ViewItems      list[ViewItem]      `json:"view_items"`
	ExportKey      string              `json:"export_key"`
}

// A RuleCondition is one of the conditions of a rule.
type RuleCondition struct {
	EvaluationID *int    `json:"evaluation_id"`
	FieldName    *string `json:"field_name"`
	Method       string  `json:"method"`
	Type         *string `json:"type"`
	Value        any     `json:"value"`
}

// A TableDefinition is a data table.
type TableDefinition struct {
	ID          any                         `json:"id"`
	Type        int                         `json:"type_id"`
	UUID        string                      `json:"uuid"`
	Name        string                      `json:"type_name"` // API name
	DisplayName string                      `json:"display_name"`
	ExportKey   string                      `json:"export_key"`
	Parents     []string                    `json:"parent_types"` // what it belongs to: incident
	Columns     map[string]ColumnDefinition `json:"fields"`
	Properties  json.RawMessage             `json:"properties"` // who may add and remove rows by hand

	// These an import must have; the app's table leaves them empty.
	Actions          list[json.RawMessage] `json:"actions"` // rules of its rows
	Scripts          list[json.RawMessage] `json:"scripts"`
	ForActions       bool                  `json:"for_actions"`
	ForCustomFields  bool                  `json:"for_custom_fields"`
	ForNotifications bool                  `json:"for_notifications"`
	ForWorkflows     bool                  `json:"for_workflows"`
}

// A ColumnDefinition is a column of a data table.
type ColumnDefinition struct {
	FieldDefinition
	Order int `json:"order"`
	Width int `json:"width"`
}

// document is an export around the members of a Configuration: what an import
// must have beside them. Its server version is the oldest platform that takes it,
// because a platform refuses what comes from a newer one; what a platform itself has
// made, as a playbook, has the platform's own.
const document = `{"id":1,"export_format_version":2,"export_date":1795392000000,` +
	`"server_version":%s,%s,` +
	`"phases":[],"overrides":[],"layouts":[],"automatic_tasks":[],"task_order":[],"action_order":[],"scripts":[],` +
	`"incident_artifact_types":[],"roles":[],"workspaces":[],` +
	`"notifications":null,"timeframes":null,"industries":null,"regulators":null,"geos":null}`

// MarshalJSON writes the document that the platform imports.
func (c Configuration) MarshalJSON() ([]byte, error) {
	type members Configuration
	js, err := encodeAny(members(c))
	if err != nil {
		return nil, err
	}
	server := json.RawMessage(`{"build_number":0,"major":30,"minor":0,"version":"30.0.0"}`)
	if len(c.Playbooks) > 0 && c.Server != nil {
		server = c.Server
	}
	return fmt.Appendf(nil, document, server, js[1:len(js)-1]), nil
}

// UnmarshalJSON reads an export. An entry that has an unexpected form is passed
// over: an organisation has much that is not the app's.
func (c *Configuration) UnmarshalJSON(js []byte) error {
	var lists map[string]json.RawMessage
	if err := json.Unmarshal(js, &lists); err != nil {
		return err
	}
	c.Fields = readable[FieldDefinition](lists["fields"])
	c.Functions = readable[FunctionDefinition](lists["functions"])
	c.Destinations = readable[DestinationDefinition](lists["message_destinations"])
	c.Workflows = readable[WorkflowDefinition](lists["workflows"])
	c.Rules = readable[RuleDefinition](lists["actions"])
	c.Tables = readable[TableDefinition](lists["types"])
	c.Playbooks = readable[Playbook](lists["playbooks"])
	c.Server = lists["server_version"]
	c.IncidentTypes = readable[json.RawMessage](lists["incident_types"])
	return nil
}

func readable[T any](js json.RawMessage) []T {
	var entries []json.RawMessage
	if json.Unmarshal(js, &entries) != nil {
		return nil
	}
	var list []T
	for _, entry := range entries {
		var one T
		if json.Unmarshal(entry, &one) == nil {
			list = append(list, one)
		}
	}
	return list
}

// A list is [] in JSON where it is nil: the platform refuses null.
type list[T any] []T

// MarshalJSON never writes null.
func (l list[T]) MarshalJSON() ([]byte, error) {
	if l == nil {
		return []byte("[]"), nil
	}
	return encodeAny([]T(l))
}
