# The hub: JupyterHub with its proxy, formgrader and the exchange. Grading student code needs more
# than a container may do by default; see "Grading" in docs/how-to/deploy.md.
FROM python:3.11-slim-bookworm

RUN apt-get update \
    && apt-get install --yes --no-install-recommends git tini \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /opt/gradlab
COPY . .
RUN pip install --no-cache-dir --constraint constraints.txt \
        '.[hub,docker,kubernetes,postgres]' jupyterhub-idle-culler \
    && python -c 'from autograder.hub import proxy; proxy.install()'

RUN useradd --create-home --uid 1000 gradlab \
    && install --directory --owner 1000 --mode 0700 /data
ENV GRADLAB_COURSE=/course \
    GRADLAB_HOME=/data \
    GRADLAB_SETTINGS=/etc/gradlab/gradlab.toml
WORKDIR /data
USER 1000:1000
EXPOSE 8000 8081
ENTRYPOINT ["tini", "--"]
CMD ["gradlab", "serve"]
