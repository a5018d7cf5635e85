package service_test

import (
	"testing"

	"github.com/fn-slack/fn-slack/processor/servicetest"
)

func TestMain(m *testing.M) { servicetest.Main(m, nil) }
