package engine

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fsnotify/fsnotify"
)

// A network drive whose server is away holds whoever asks for it.
func TestTheEndDoesNotWaitForAFolderThatHangs(t *testing.T) {
	e, err := New(Config{Dir: t.TempDir()})
	must(t, err)
	back, asked := make(chan struct{}), make(chan struct{})
	e.loader.newWatcher = func() (*fsnotify.Watcher, error) {
		close(asked)
		<-back
		return nil, errors.New("too late")
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- e.Run(ctx) }()
	<-asked
	cancel()
	select {
	case err := <-ended:
		must(t, err)
	case <-time.After(10 * lastLook):
		t.Error("the end waits")
	}
	close(back)
}

func TestWhatHangsIsWaitedForUntilTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		begun, back := time.Now(), make(chan struct{})
		if err := unlessHung(ctx, func() { <-back }); !errors.Is(err, errHung) || time.Since(begun) != time.Hour+lastLook {
			t.Errorf("%v after %v", err, time.Since(begun))
		}
		close(back)
		if err := unlessHung(ctx, func() {}); err != nil {
			t.Errorf("%v though it is done", err)
		}
	})
}
