package wire

// Barrier is one of the things that keep a render worker from everything but its
// pipes. Each of them holds without the others, as far as it reaches.
type Barrier struct {
	Name string `json:"name"`
	Gap  string `json:"gap,omitempty"` // why it does not hold; empty: it does
}

// NewBarrier makes one out of what came of putting it up.
func NewBarrier(name string, err error) Barrier {
	if err != nil {
		return Barrier{Name: name, Gap: err.Error()}
	}
	return Barrier{Name: name}
}
