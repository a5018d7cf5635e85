# A static binary on nothing. It runs as a user without rights and writes to
# /state alone, so the rest of its file system can be read-only:
#
#   docker build -t fn-slack .
#   docker run --read-only --cap-drop ALL --security-opt no-new-privileges \
#     -v ./app.config:/etc/fn-slack/app.config:ro -v ./scripts:/scripts:ro \
#     -v fn-slack-state:/state --env-file secrets.env fn-slack
#
# podman and buildah keep the health check only with --format docker.
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY cmd cmd
COPY engine engine
COPY formatters formatters
COPY processor processor
COPY scripts scripts
RUN CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o /out/fn-slack ./cmd/fn-slack \
 && CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o /out/fmt-test ./cmd/fmt-test \
 && mkdir -p /out/state /out/scripts

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /out/fn-slack /out/fmt-test /usr/bin/
COPY --from=build --chown=65532:65532 /out/state /state
COPY --from=build /out/scripts /scripts
USER 65532:65532
# The scripts folder is scripts in the working folder, for every command.
WORKDIR /
ENV APP_CONFIG_FILE=/etc/fn-slack/app.config \
    APP_LOCK_FILE=/state/lock \
    STATE_DIRECTORY=/state \
    HOME=/state \
    TMPDIR=/state
VOLUME ["/state", "/scripts"]
ENTRYPOINT ["/usr/bin/fn-slack"]
CMD ["run", "--log-format", "json"]
HEALTHCHECK --interval=30s --timeout=15s --start-period=60s CMD ["/usr/bin/fn-slack", "status"]
