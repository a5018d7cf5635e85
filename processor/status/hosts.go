package status

import (
	"net"
	"slices"
	"strings"
)

// A name of somebody's that points to this machine must not let that somebody's
// page read the status through a browser which can reach it (DNS rebinding). So
// a request that names a host must name one of ours, on whatever address the
// status is served. An IP address is nobody's name: a page can only have it as
// its own when it comes from there, so that probes and ports that are mapped
// into a container need no setting.

// allowedHosts are the names of the status that is served at an address,
// host:port, with more of the settings.
func allowedHosts(address string, more []string) []string {
	host, _, _ := net.SplitHostPort(address) // none is no name
	hosts := []string{"localhost"}
	for _, name := range append([]string{host}, more...) {
		if name != "" {
			hosts = append(hosts, canonical(name))
		}
	}
	return hosts
}

// hostAllowed reports whether a Host header is an IP address or one of the names.
func hostAllowed(header string, names []string) bool {
	host := header
	if name, _, err := net.SplitHostPort(header); err == nil {
		host = name
	}
	return net.ParseIP(strings.Trim(host, "[]")) != nil || slices.Contains(names, canonical(host))
}

// canonical is a name without what makes no difference in DNS.
func canonical(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) }
