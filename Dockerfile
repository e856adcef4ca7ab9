ARG RUST_VERSION=1.95

FROM rust:${RUST_VERSION}-slim-bookworm AS build
# Records the packages in the binary, so that scanners find them in the image.
RUN --mount=type=cache,id=vestibule-registry,target=/usr/local/cargo/registry \
    cargo install --locked --root /usr/local cargo-auditable@0.7.7
WORKDIR /src
COPY . .
# `sandbox` adds the development pool, which production must not have.
ARG CARGO_FEATURES=
# `vestibule --version` prints it.
ARG REVISION=unknown
# Cargo compares modification times with the cached target folder. A checkout may have older files
# than the last build. Without the touch, the image could contain the binary of that build.
RUN --mount=type=cache,id=vestibule-registry,target=/usr/local/cargo/registry \
    --mount=type=cache,id=vestibule-target,target=/src/target,sharing=locked \
    find . -path ./target -prune -o -type f -exec touch {} + \
    && VESTIBULE_REVISION="${REVISION}" \
    tools/reproducibly \
    cargo auditable build --release --locked --no-default-features --features "otlp ${CARGO_FEATURES}" \
    && install -D --mode=0555 target/release/vestibule /out/vestibule \
    && mkdir /out/data

FROM gcr.io/distroless/cc-debian12:nonroot
ARG VERSION=0.1.0
ARG REVISION=unknown
ARG SOURCE=unknown
LABEL org.opencontainers.image.title="Vestibule" \
      org.opencontainers.image.description="A sign-up service for Amazon Cognito" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.source="${SOURCE}" \
      org.opencontainers.image.base.name="gcr.io/distroless/cc-debian12:nonroot"
COPY --from=build --chown=0:0 --chmod=0555 /out/vestibule /usr/local/bin/vestibule
# The SQLite file, unless VESTIBULE__DATABASE__URL is a PostgreSQL server. It is on a volume, because
# it must survive the container, and the rest of the image may be read-only.
COPY --from=build --chown=65532:65532 --chmod=0700 /out/data /var/lib/vestibule
VOLUME /var/lib/vestibule
ENV VESTIBULE__DATABASE__URL=sqlite:/var/lib/vestibule/vestibule.db
# The loopback of a container cannot be reached from outside. The admin listener stays there,
# because the health check below runs inside.
ENV VESTIBULE__SERVER__HOST=0.0.0.0
USER 65532:65532
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
    CMD ["/usr/local/bin/vestibule", "healthcheck"]
ENTRYPOINT ["/usr/local/bin/vestibule"]
