# Doorward in a container. Plain Dockerfile instructions only, so that any builder takes it.
#
#   docker build -t doorward .
#   docker run -p 127.0.0.1:8080:8080 -v doorward:/data doorward

FROM rust:1.95-bookworm AS build
ARG PROFILE=release
# The toolchain of the image, without the lints and the formatter that rust-toolchain.toml asks for.
ENV RUSTUP_TOOLCHAIN=1.95.0
WORKDIR /src
# cc, make and perl, which the bundled OpenSSL needs, are part of this image.
COPY Cargo.toml Cargo.lock build.rs ./
COPY .cargo .cargo
# Not built, but Cargo.toml names what is in it.
COPY benches benches
COPY entity entity
COPY migration migration
COPY locales locales
COPY static static
COPY templates templates
COPY src src
RUN cargo build --locked --profile "$PROFILE" --bin doorward \
    && install -D "target/$PROFILE/doorward" /out/doorward

FROM debian:bookworm-slim
LABEL org.opencontainers.image.title="Doorward" \
    org.opencontainers.image.description="An OAuth 2 and OpenID Connect identity provider in one small program" \
    org.opencontainers.image.licenses="MIT OR Apache-2.0"
COPY --from=build /out/doorward /usr/local/bin/doorward
RUN groupadd --gid 10001 doorward \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin doorward \
    && install --directory --owner=10001 --group=10001 --mode=0700 /data
ENV DOORWARD_DATA_DIR=/data \
    DOORWARD_LISTEN=0.0.0.0:8080
# The SQLite database, the master key and doorward.toml; keep it.
VOLUME /data
WORKDIR /data
EXPOSE 8080
USER 10001:10001
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 CMD ["doorward", "health"]
ENTRYPOINT ["doorward"]
CMD ["serve"]
