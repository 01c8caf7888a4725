"""The Helm chart, rendered by Helm itself, and held against the schemas of Kubernetes."""

import json
import os
import re
import runpy
import shutil
import subprocess
import sys
import tarfile
from functools import cache
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from click.testing import CliRunner

from contactmomenten import __version__
from contactmomenten.cli import cli
from contactmomenten.configuration import read_configuration
from contactmomenten.health import LIVE, READY
from contactmomenten.settings import MIGRATION, SECRET, Settings

REPOSITORY = Path(__file__).parents[2]
CHART = REPOSITORY / "deploy/helm/contactmomenten"
EVERYTHING, MINIMAL = "everything", "minimal"
DEFAULTS = ""

# The oldest and the newest of those that Chart.yaml admits and that there are schemas for.
KUBERNETES = ("1.27", kubernetes_validate.latest_version())

Resource = dict[str, Any]


def helm(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Helm: the one that `make` installed, or else (on other machines) the one on PATH."""
    own = Path(sys.executable).with_name("helm")
    program = str(own) if own.exists() else shutil.which("helm")
    assert program, "there is no helm on PATH, and `make .venv/.dev` has none for this machine"
    environ = {"PATH": os.environ["PATH"], "HOME": "/nonexistent"}
    return subprocess.run(
        [program, *arguments], capture_output=True, text=True, check=False, env=environ
    )


def _values(name: str) -> list[str]:
    return ["--values", str(CHART / f"ci/{name}-values.yaml")] if name else []


@cache
def rendered(values: str, *more: str) -> list[Resource]:
    """Return what the chart makes of the values of this name, in the release `acc`."""
    done = helm("template", "acc", str(CHART), "--namespace", "zaken", *_values(values), *more)
    assert done.returncode == 0, done.stderr
    return [one for one in yaml.safe_load_all(done.stdout) if one]


def one(values: str, kind: str, name: str = "acc-contactmomenten", *more: str) -> Resource:
    """Return the resource of this kind and name."""
    (found,) = (
        it for it in rendered(values, *more) if (it["kind"], it["metadata"]["name"]) == (kind, name)
    )
    return found


def names(values: str) -> set[tuple[str, str]]:
    """Return kinds and names, without that of the release."""
    prefix = "acc-contactmomenten"
    return {(it["kind"], it["metadata"]["name"].removeprefix(prefix)) for it in rendered(values)}


def pods(values: str) -> dict[str, Resource]:
    """Return the specification of the pods of each kind, by the name of their container."""
    specs = [it.get("spec", {}) for it in rendered(values)]
    found = [it["template"]["spec"] for it in specs if "template" in it]
    return {pod["containers"][0]["name"]: pod for pod in found}


def container(values: str, name: str) -> Resource:
    """Return the only container of these pods."""
    (found,) = pods(values)[name]["containers"]
    result: Resource = found
    return result


def environment(values: str, name: str) -> dict[str, Any]:
    """Return the environment of these containers: texts, and (secret, key) where it is secret."""
    return {
        it["name"]: it["value"]
        if "value" in it
        else (it["valueFrom"]["secretKeyRef"]["name"], it["valueFrom"]["secretKeyRef"]["key"])
        for it in container(values, name)["env"]
    }


@pytest.mark.parametrize("values", [DEFAULTS, EVERYTHING, MINIMAL])
def test_helm_finds_nothing_wrong(values: str) -> None:
    done = helm("lint", "--strict", str(CHART), *_values(values))
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("version", KUBERNETES)
@pytest.mark.parametrize("values", [DEFAULTS, EVERYTHING, MINIMAL])
def test_kubernetes_knows_every_field(values: str, version: str) -> None:
    resources = [it for it in rendered(values) if it["kind"] != "ServiceMonitor"]
    for resource in resources:
        kubernetes_validate.validate(resource, version, strict=True)
    assert resources


def test_a_field_that_kubernetes_does_not_know_would_be_found() -> None:
    resource = json.loads(json.dumps(one(DEFAULTS, "Deployment")))
    resource["spec"]["replica"] = 1
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(resource, KUBERNETES[0], strict=True)


def test_what_there_is_by_default() -> None:
    assert names(DEFAULTS) == {
        ("Deployment", ""),
        ("Deployment", "-worker"),
        ("Job", "-migrate"),
        ("PodDisruptionBudget", ""),
        ("Service", ""),
        ("ServiceAccount", ""),
    }


def test_what_there_is_with_everything_on() -> None:
    assert names(EVERYTHING) - names(DEFAULTS) == {
        ("ConfigMap", "-configuration"),
        ("HorizontalPodAutoscaler", ""),
        ("Ingress", ""),
        ("Job", "-configure"),
        ("Service", "-metrics"),
        ("ServiceMonitor", ""),
    }
    assert names(DEFAULTS) < names(EVERYTHING)


def test_how_little_there_can_be() -> None:
    assert names(MINIMAL) == {("Deployment", ""), ("Service", "")}
    assert "--no-delivery" not in container(MINIMAL, "api")["args"]


@pytest.mark.parametrize("values", [DEFAULTS, EVERYTHING])
def test_no_pod_may_more_than_it_needs(values: str) -> None:
    for name, pod in pods(values).items():
        assert pod["securityContext"]["runAsNonRoot"] is True, name
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert pod["automountServiceAccountToken"] is False
        # Kubernetes would add DB_PORT=tcp://… for a Service that is called db.
        assert pod["enableServiceLinks"] is False
        context = container(values, name)["securityContext"]
        assert context["readOnlyRootFilesystem"] is True
        assert context["allowPrivilegeEscalation"] is False
        assert context["capabilities"] == {"drop": ["ALL"]}
        mounts = {
            it["mountPath"]: it.get("readOnly") for it in pod["containers"][0]["volumeMounts"]
        }
        assert [path for path, read_only in mounts.items() if not read_only] == ["/tmp"]  # noqa: S108


def test_users_can_be_left_to_the_cluster() -> None:
    context = pods(MINIMAL)["api"]["securityContext"]
    assert context == {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}


def test_the_program_knows_each_command_and_setting() -> None:
    known = {*Settings.__struct_fields__, "tz"}
    for name in pods(EVERYTHING):
        assert {it.lower() for it in environment(EVERYTHING, name)} <= known
        command = container(EVERYTHING, name)["args"]
        options = {it.partition("=")[0] for it in command[1:] if it.startswith("-")}
        help_text = CliRunner().invoke(cli, [command[0], "--help"]).output
        assert all(f"{option} " in help_text for option in options), command


def test_a_number_is_written_as_it_is() -> None:
    env = environment(EVERYTHING, "api")
    assert env["MAX_BODY_SIZE"] == "20000000"
    assert env["DRAIN_SECONDS"] == "12.5"
    assert env["USE_X_FORWARDED_HOST"] == "false"
    assert env["DB_PORT"] == "5432"
    assert environment(DEFAULTS, "api")["DRAIN_SECONDS"] == "10"
    assert "TRUSTED_PROXIES" not in environment(DEFAULTS, "api")


def test_the_name_of_the_site_is_that_of_the_ingress() -> None:
    assert environment(EVERYTHING, "worker")["SITE_DOMAIN"] == "contactmomenten.example.nl"
    assert "SITE_DOMAIN" not in environment(DEFAULTS, "worker")
    said = ("--set", "settings.SITE_DOMAIN=other.example.nl")
    env = one(EVERYTHING, "Deployment", "acc-contactmomenten", *said)["spec"]["template"]["spec"]
    assert {"name": "SITE_DOMAIN", "value": "other.example.nl"} in env["containers"][0]["env"]


def test_secrets_come_from_secrets_and_only_the_migration_gets_those_of_the_owner() -> None:
    for name in pods(EVERYTHING):
        env = environment(EVERYTHING, name)
        secret = {key: value for key, value in env.items() if isinstance(value, tuple)}
        serving = SECRET - set(MIGRATION)
        assert {secret.pop(it) for it in serving} == {
            ("contactmomenten-serving", it) for it in serving
        }
        if name == "migrate":
            owner = ("DATABASE_MIGRATION_URL", "DB_MIGRATION_PASSWORD")
            assert secret == {it: ("contactmomenten-owner", it) for it in owner}
            assert env["DB_MIGRATION_USER"] == "contactmomenten_owner"
        else:
            assert secret == {}
            assert "DB_MIGRATION_USER" not in env


def test_all_secret_keys_may_be_absent_as_there_are_two_ways_to_name_the_database() -> None:
    for it in container(DEFAULTS, "api")["env"]:
        if "valueFrom" in it:
            assert it["valueFrom"]["secretKeyRef"]["optional"] is True


def test_probes_ask_for_health() -> None:
    api = container(DEFAULTS, "api")
    (port,) = api["ports"]
    asked = {name: api[f"{name}Probe"]["httpGet"] for name in ("startup", "liveness", "readiness")}
    assert port == {"name": "http", "containerPort": 8000}
    assert {it["port"] for it in asked.values()} == {"http"}
    assert (asked["startup"]["path"], asked["liveness"]["path"]) == (LIVE, LIVE)
    assert asked["readiness"]["path"] == READY


def test_a_pod_gets_the_time_to_stop() -> None:
    assert pods(DEFAULTS)["api"]["terminationGracePeriodSeconds"] == 50
    assert pods(EVERYTHING)["api"]["terminationGracePeriodSeconds"] == 53
    deployment = one(
        DEFAULTS, "Deployment", "acc-contactmomenten", "--set", "terminationGracePeriodSeconds=300"
    )
    assert deployment["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] == 300


def test_the_autoscaler_and_the_deployment_do_not_fight_over_the_number() -> None:
    assert one(DEFAULTS, "Deployment")["spec"]["replicas"] == 2
    assert "replicas" not in one(EVERYTHING, "Deployment")["spec"]
    scaler = one(EVERYTHING, "HorizontalPodAutoscaler")["spec"]
    assert scaler["scaleTargetRef"]["name"] == one(EVERYTHING, "Deployment")["metadata"]["name"]
    assert {it["resource"]["name"] for it in scaler["metrics"]} == {"cpu", "memory"}


def _selects(selector: dict[str, str], values: str) -> set[str]:
    return {
        it["metadata"]["name"].removeprefix("acc-contactmomenten")
        for it in rendered(values)
        if it["kind"] == "Deployment"
        and selector.items() <= it["spec"]["template"]["metadata"]["labels"].items()
    }


def test_who_is_selected_by_what() -> None:
    budget = one(EVERYTHING, "PodDisruptionBudget")["spec"]
    assert _selects(budget["selector"]["matchLabels"], EVERYTHING) == {""}
    assert budget["minAvailable"] == "50%"
    assert "maxUnavailable" not in budget
    assert _selects(one(EVERYTHING, "Service")["spec"]["selector"], EVERYTHING) == {""}
    metrics = one(EVERYTHING, "Service", "acc-contactmomenten-metrics")
    assert _selects(metrics["spec"]["selector"], EVERYTHING) == {"", "-worker"}
    monitor = one(EVERYTHING, "ServiceMonitor")
    chosen = [
        it["metadata"]["name"]
        for it in rendered(EVERYTHING)
        if it["kind"] == "Service"
        and monitor["spec"]["selector"]["matchLabels"].items() <= it["metadata"]["labels"].items()
    ]
    assert chosen == [metrics["metadata"]["name"]]
    assert monitor["spec"]["endpoints"][0]["port"] == metrics["spec"]["ports"][0]["name"]
    assert monitor["metadata"]["labels"]["release"] == "prometheus"
    for suffix in ("", "-worker"):
        deployment = one(EVERYTHING, "Deployment", f"acc-contactmomenten{suffix}")
        selector = deployment["spec"]["selector"]["matchLabels"]
        assert _selects(selector, EVERYTHING) == {suffix}
        (spread,) = deployment["spec"]["template"]["spec"]["topologySpreadConstraints"]
        assert spread["labelSelector"]["matchLabels"] == selector


def test_the_ingress_leads_to_the_api_with_tls() -> None:
    ingress = one(EVERYTHING, "Ingress")["spec"]
    assert ingress["ingressClassName"] == "nginx"
    assert [it["host"] for it in ingress["rules"]] == ingress["tls"][0]["hosts"]
    service = one(EVERYTHING, "Service")
    for rule in ingress["rules"]:
        (path,) = rule["http"]["paths"]
        assert (path["path"], path["pathType"]) == ("/", "Prefix")
        backend = path["backend"]["service"]
        assert backend == {"name": service["metadata"]["name"], "port": {"name": "http"}}


def test_the_jobs_run_before_the_pods_in_their_order() -> None:
    hooks = {
        (it["kind"], it["metadata"]["name"].rpartition("-")[2]): it["metadata"]["annotations"]
        for it in rendered(EVERYTHING)
        if "helm.sh/hook" in it["metadata"].get("annotations", {})
    }
    assert {it["helm.sh/hook"] for it in hooks.values()} == {"pre-install,pre-upgrade"}
    order = sorted(hooks, key=lambda it: int(hooks[it]["helm.sh/hook-weight"]))
    assert order == [("Job", "migrate"), ("ConfigMap", "configuration"), ("Job", "configure")]
    made_later = one(EVERYTHING, "ServiceAccount")["metadata"]["name"]
    assert pods(EVERYTHING)["api"]["serviceAccountName"] == made_later
    assert pods(EVERYTHING)["migrate"]["serviceAccountName"] == "default"
    assert pods(EVERYTHING)["configure"]["serviceAccountName"] == "default"


def test_the_configuration_is_one_that_can_be_applied(tmp_path: Path) -> None:
    content = one(EVERYTHING, "ConfigMap", "acc-contactmomenten-configuration")["data"]
    file = tmp_path / "configuration.yaml"
    file.write_text(content["configuration.yaml"])
    read_configuration(file, {"KCC_SECRET": "a secret of at least 32 characters"})
    configure = container(EVERYTHING, "configure")
    assert {"secretRef": {"name": "contactmomenten-clients"}} in configure["envFrom"]
    assert configure["args"] == ["configure", "/etc/contactmomenten/configuration.yaml"]


def test_the_values_on_the_page_can_be_copied(tmp_path: Path) -> None:
    page = (REPOSITORY / "docs/installation.md").read_text("utf-8").partition("\n## Helm\n")[2]
    block = re.search(r"```yaml\n(.*?)```", page, re.DOTALL)
    assert block is not None
    file = tmp_path / "my-values.yaml"
    file.write_text(block[1], "utf-8")
    done = helm("template", "acc", str(CHART), "--values", str(file))
    assert done.returncode == 0, done.stderr
    (content,) = (
        it["data"]["configuration.yaml"]
        for it in yaml.safe_load_all(done.stdout)
        if it and it["metadata"]["name"] == "acc-contactmomenten-configuration"
    )
    file.write_text(content, "utf-8")
    read_configuration(file, {"KCC_SECRET": "a secret of at least 32 characters"})


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("settings.LOG_LEVELL=INFO", "LOG_LEVELL"),
        ("settings.LOG_LEVEL=LOUD", "LOG_LEVEL"),
        ("settings.DB_PORT=0", "DB_PORT"),
        ("settings.DB_PASSWORD=guessed", "DB_PASSWORD"),
        ("settings.SECRET_KEY=guessed", "SECRET_KEY"),
        ("replicas=3", "replicas"),
        ("ingress.enabled=true", "hosts"),
        ("configuration.enabled=true", "configuration"),
        ("existingSecret=", "existingSecret"),
    ],
)
def test_what_is_wrong_is_refused_before_anything_is_installed(said: str, why: str) -> None:
    done = helm("template", "acc", str(CHART), "--set", said)
    assert done.returncode == 1
    assert why in done.stderr


def test_the_schema_follows_from_the_code() -> None:
    made = runpy.run_path(str(REPOSITORY / "deploy/helm/settings_schema.py"))["settings"]()
    schema = json.loads((CHART / "values.schema.json").read_text())
    assert schema["properties"]["settings"] == made, "run `make docs`"


def test_each_value_is_described_by_the_schema() -> None:
    schema = json.loads((CHART / "values.schema.json").read_text())["properties"]
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    assert schema.keys() - {"global"} == values.keys()
    for name, part in values.items():
        known = schema[name].get("properties")
        if known is not None and name != "settings":
            assert known.keys() == part.keys(), name


def test_the_version_is_that_of_the_program() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    assert (chart["appVersion"], chart["version"]) == (__version__, __version__)
    assert container(DEFAULTS, "api")["image"] == f"contactmomenten:{__version__}"
    assert container(EVERYTHING, "api")["image"].startswith("registry.example.nl/contactmomenten@")


def test_the_notes_say_what_is_missing() -> None:
    notes = helm("install", "acc", str(CHART), "--dry-run=client").stdout
    assert "settings.SITE_DOMAIN" in notes
    assert "every\nrequest is refused" in notes
    notes = helm("install", "acc", str(CHART), "--dry-run=client", *_values(EVERYTHING)).stdout
    assert "https://contactmomenten.example.nl/api/v1" in notes
    assert "WARNING" not in notes


def test_the_packed_chart_has_no_values_of_tests(tmp_path: Path) -> None:
    assert helm("package", str(CHART), "--destination", str(tmp_path)).returncode == 0
    with tarfile.open(tmp_path / f"contactmomenten-{__version__}.tgz") as packed:
        content = packed.getnames()
    assert "contactmomenten/values.schema.json" in content
    assert not any("/ci/" in name for name in content)
