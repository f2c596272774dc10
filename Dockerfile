# One image for web, worker, beat and migrate: docker-compose.yml says which runs what.

FROM python:3.13-slim AS build
ENV UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1 UV_PYTHON_DOWNLOADS=never PIP_DISABLE_PIP_VERSION_CHECK=1
RUN pip install --no-cache-dir uv
WORKDIR /app
COPY pyproject.toml uv.lock ./
# Neither the embedded servers nor the tools of development.
RUN uv sync --frozen --no-default-groups --compile-bytecode --python "$(command -v python3)"
COPY . .
ENV PATH=/app/.venv/bin:$PATH
# Without PUBLIC_URL these are local settings; neither step reads a secret or a database.
RUN python -m relcrm.serve.messages && python manage.py collectstatic --no-input

FROM python:3.13-slim
RUN useradd --system --uid 10001 --no-create-home relcrm
WORKDIR /app
COPY --from=build /app /app
RUN mkdir -p /app/var/run /app/var/beside && chown relcrm /app/var /app/var/run /app/var/beside && chmod 700 /app/var/beside
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 BIND=0.0.0.0 PORT=8000
USER relcrm
EXPOSE 8000
CMD ["gunicorn", "--config", "python:relcrm.serve.gunicorn", "relcrm.wsgi"]
