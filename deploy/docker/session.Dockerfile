# A person's session. Build it with deploy/docker/build.sh, which makes the context `config`.
FROM python:3.11-slim-bookworm

COPY constraints.txt deploy/session-requirements.txt /tmp/requirements/
RUN pip install --no-cache-dir \
        --constraint /tmp/requirements/constraints.txt \
        --requirement /tmp/requirements/session-requirements.txt \
    && rm -r /tmp/requirements

# The same number in the settings [spawner.docker] user and [spawner.kubernetes] user, group.
RUN useradd --create-home --uid 1000 --gid 100 --shell /bin/bash jovyan

# What the hub gives to sessions: configuration of each role, the exchange's client, the server's start.
COPY --from=config . /etc/gradlab

# Without a lease a session sees no GPU, whatever NVIDIA's runtime has as its default.
ENV JUPYTER_CONFIG_PATH=/etc/gradlab/student \
    NVIDIA_VISIBLE_DEVICES=void \
    HOME=/home/jovyan
WORKDIR /home/jovyan
USER 1000:100
EXPOSE 8888
CMD ["python3", "/etc/gradlab/start_server.py"]
