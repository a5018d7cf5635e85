package resilienttest

import (
	"fmt"

	"go.starlark.net/starlark"
)

// scriptObject is what the platform gives to a script, such as incident.
type scriptObject struct {
	name  string
	attrs starlark.StringDict
	// fixed objects take no other attributes, and none of them may be set.
	fixed bool
	// dictionary objects have the method get, too, and are false when empty.
	dictionary bool
}

var _ starlark.HasSetField = (*scriptObject)(nil)

func (o *scriptObject) String() string        { return o.name }
func (o *scriptObject) Type() string          { return o.name } // with which Starlark's errors begin
func (o *scriptObject) Freeze()               {}
func (o *scriptObject) Truth() starlark.Bool  { return starlark.Bool(!o.dictionary || len(o.attrs) > 0) }
func (o *scriptObject) Hash() (uint32, error) { return 0, fmt.Errorf("unhashable: %s", o.name) }
func (o *scriptObject) AttrNames() []string   { return o.attrs.Keys() }

// Attr leaves it to Starlark to report that there is no such attribute.
func (o *scriptObject) Attr(name string) (starlark.Value, error) {
	if o.dictionary && name == "get" {
		return starlark.NewBuiltin(name, o.get), nil
	}
	return o.attrs[name], nil
}

func (o *scriptObject) get(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var key string
	if err := starlark.UnpackPositionalArgs(b.Name(), args, kwargs, 1, &key); err != nil {
		return nil, err
	}
	if v, ok := o.attrs[key]; ok {
		return v, nil
	}
	return starlark.None, nil
}

func (o *scriptObject) SetField(name string, v starlark.Value) error {
	if !o.attrs.Has(name) {
		return starlark.NoSuchAttrError(fmt.Sprintf("%s has no .%s field", o.name, name))
	}
	if o.fixed {
		return fmt.Errorf("can't assign to .%s field of %s", name, o.name)
	}
	o.attrs[name] = v
	return nil
}

// goValue is what a script has set, for encoding/json. Texts and the labels of
// selects are all that the app's inputs take; a list is an error here.
func goValue(v starlark.Value) (any, error) {
	switch v := v.(type) {
	case starlark.NoneType:
		return nil, nil
	case starlark.Bool:
		return bool(v), nil
	case starlark.Int:
		return v.BigInt(), nil
	case starlark.String:
		return string(v), nil
	}
	return nil, fmt.Errorf("the platform keeps no %s", v.Type())
}
