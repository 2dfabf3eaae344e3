"""Readers of the public data sets: each file becomes rows as line_protocol_rows.py has them.

Every cell goes through as the text that stands in the file. Times without a zone are UTC; where a file has only
relative times, they count from BASE_NS.
"""

import csv
import json
import re
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path

from line_protocol_rows import Number

BASE_NS = 1_700_000_000_000_000_000
SECOND_NS = 1_000_000_000


def csv_rows(path):
    with open(path, newline="", encoding="utf-8-sig") as file:
        yield from csv.DictReader(file)


def utc_ns(text, layout="%Y-%m-%d %H:%M:%S"):
    whole, _, fraction = text.partition(".")
    seconds = int(datetime.strptime(whole, layout).replace(tzinfo=timezone.utc).timestamp())
    return seconds * SECOND_NS + int((fraction + "000000000")[:9])


def number(text, kind):
    return Number(text, kind) if text not in ("", None) else None


def plain(text):
    """A decimal's text without an exponent, which the QuestDB suffix form does not need."""
    return format(Decimal(text), "f")


def both(name, text):
    """The same number as a float64 and as an exact decimal."""
    return {name: number(text, "f"), f"{name}_exact": number(text and plain(text), "d")}


def nab(folder):
    for path in sorted(Path(folder).glob("*.csv")):
        for row in csv_rows(path):
            if path.name.startswith("exchange"):
                exchange, kind = path.stem.split("_")[:2]
                yield "ad_exchange", {"exchange": exchange, "kind": kind}, utc_ns(row["timestamp"]), {
                    "click_cost": number(row["value"], "m")
                }
            else:
                metric, instance = path.stem.rsplit("_", 1)
                tags = {"metric": metric, "instance": instance}
                yield "cloudwatch", tags, utc_ns(row["timestamp"]), both("value", row["value"])


def alibaba(folder):
    for row in csv_rows(Path(folder) / "openb_node_list_gpu_node.csv"):
        fields = {name: number(row[name], "i") for name in ("cpu_milli", "memory_mib", "gpu")}
        yield "gpu_node", {"node": row["sn"], "model": row["model"]}, BASE_NS, fields
    integers = ("cpu_milli", "memory_mib", "num_gpu", "gpu_milli", "deletion_time", "scheduled_time")
    for row in csv_rows(Path(folder) / "openb_pod_list_default.csv"):
        tags = {"pod": row["name"], "qos": row["qos"], "phase": row["pod_phase"], "gpu_spec": row["gpu_spec"]}
        time_ns = BASE_NS + int(row["creation_time"]) * SECOND_NS
        yield "gpu_pod", tags, time_ns, {name: number(row[name], "i") for name in integers}


def gentd26(folder):
    for path in sorted(Path(folder).glob("*.csv")):
        table = "serving_" + path.stem.removesuffix("_anon")
        for row in csv_rows(path):
            time_ns = int(Decimal(row["timestamp_anon"]) * SECOND_NS)
            tags = {"container": row["container_ip"], "request_type": row.get("request_type") or ""}
            yield table, tags, time_ns, both("value", row["value"])


def azure_llm(folder):
    for path in sorted(Path(folder).glob("*.csv")):
        for row in csv_rows(path):
            yield "llm_request", {"source": "code"}, utc_ns(row["TIMESTAMP"]), {
                "context_tokens": number(row["ContextTokens"], "i"),
                "generated_tokens": number(row["GeneratedTokens"], "i"),
            }


def training_logs(folder):
    """Losses of one step come on two lines; they are two writes to one row."""
    for path in sorted(Path(folder).glob("*.log")):
        tags = {"run_id": path.stem, "model_name": re.search(r"\d+[MB]", path.stem)[0]}
        for line in path.read_text().splitlines():
            pairs = dict(part.split(":", 1) for part in line.split())
            step = (pairs.get("s") or pairs["step"]).split("/")[0]
            fields = {"step": number(step, "i")}
            names = {"tel": "validation_loss", "val_loss": "validation_loss", "trl": "training_loss",
                     "train_loss": "training_loss", "lr": "learning_rate", "norm": "gradient_norm"}  # fmt: skip
            for key, name in names.items():
                if key in pairs:
                    fields |= both(name, pairs[key])
            if "train_time" in pairs:
                fields["train_time_ms"] = number(pairs["train_time"].removesuffix("ms"), "i")
            if pairs.get("step_avg", "nanms") != "nanms":
                fields |= both("step_avg_ms", pairs["step_avg"].removesuffix("ms"))
            yield "llm_training", tags, BASE_NS + int(step) * SECOND_NS, fields


def azure_billing(folder):
    path = Path(folder) / "azure_EA_ActualCost_Small.csv"
    for index, row in enumerate(csv_rows(path)):
        tags = {"provider": "azure", "service": row["MeterCategory"], "region": row["ResourceLocation"],
                "account": row["SubscriptionName"], "resource_id": row["ResourceId"], "currency": row["BillingCurrency"],
                "product": row["Product"], "charge": f"{path.stem}:{index}"}  # fmt: skip
        names = {"cost_usd": "Cost", "usage_quantity": "Quantity", "effective_price": "EffectivePrice",
                 "unit_price": "UnitPrice", "payg_price": "PayGPrice"}  # fmt: skip
        yield "cost", tags, utc_ns(row["Date"], "%m/%d/%Y"), {
            field: number(row[column], "m") for field, column in names.items()
        }
    for index, row in enumerate(csv_rows(Path(folder) / "azure_PricingUnits.csv")):
        tags = {"unit": row["UnitOfMeasure"].strip(), "accounts": row["AccountTypes"], "line": str(index)}
        yield "pricing_unit", tags, BASE_NS, {"block_quantity": number(row["PricingBlockSize"], "m")}
    for index, row in enumerate(csv_rows(Path(folder) / "azure_Services.csv")):
        tags = {"service": row["ServiceName"], "category": row["ServiceCategory"], "line": str(index)}
        yield "service_catalog", tags, BASE_NS, {"listed": Number("1", "i")}


def snake(name):
    return re.sub(r"(?<=[a-z0-9])([A-Z])|(?<=[A-Z])([A-Z][a-z])", r"_\1\2", name).lower()


def opencost_export(folder):
    for row in csv_rows(Path(folder) / "opencost_export-sample.csv"):
        tags = {name.lower(): row[name] for name in ("Namespace", "ControllerName", "Pod", "Container", "Labels")}
        fields = {snake(name): number(text, "m") for name, text in row.items() if name.endswith("Cost")}
        yield "opencost_export", tags, utc_ns(row["Date"], "%Y-%m-%d"), fields


def load_json(path):
    return json.loads(path.read_text(), parse_float=str, parse_int=str)


def opencost_json(folder):
    for index, window in enumerate(load_json(Path(folder) / "opencost_allocation-example-output.json")["data"]):
        for name, entry in window.items():
            fields = {snake(key): number(text, "m") for key, text in entry.items() if key.endswith("Cost")}
            tags = {"name": name, "cluster": entry["properties"].get("cluster", ""), "set": str(index)}
            yield "opencost_allocation", tags, utc_ns(entry["window"]["start"], "%Y-%m-%dT%H:%M:%SZ"), fields
    sets = load_json(Path(folder) / "opencost_cloudCost-example-output.json")["data"]["sets"]
    for index, one in enumerate(sets):
        for name, entry in one["cloudCosts"].items():
            fields = {snake(key): number(entry[key]["cost"], "m") for key in entry if key.endswith("Cost")}
            tags = {"provider": name, "set": str(index)}
            yield "opencost_cloud", tags, utc_ns(entry["window"]["start"], "%Y-%m-%dT%H:%M:%SZ"), fields
    for path in sorted(Path(folder).glob("opencost_pricing_*.json")):
        texts = load_json(path)
        prices = {f"{snake(key)}_price": number(text, "m") for key, text in texts.items() if is_number(text)}
        yield "opencost_pricing", {"provider": path.stem.rsplit("_", 1)[1]}, BASE_NS, prices


def is_number(text):
    return isinstance(text, str) and re.fullmatch(r"\d+(\.\d+)?", text) is not None


def billing(folder):
    yield from azure_billing(folder)
    yield from opencost_export(folder)
    yield from opencost_json(folder)


FOCUS_MONEY = {"cost_usd": "BilledCost", "effective_cost": "EffectiveCost", "list_cost": "ListCost",
               "contracted_cost": "ContractedCost", "list_unit_price": "ListUnitPrice",
               "contracted_unit_price": "ContractedUnitPrice", "pricing_quantity": "PricingQuantity",
               "usage_quantity": "ConsumedQuantity"}  # fmt: skip
FOCUS_TAGS = {"provider": "ProviderName", "service": "ServiceName", "service_category": "ServiceCategory", "region": "RegionId",
              "account": "SubAccountId", "resource_id": "ResourceId", "currency": "BillingCurrency", "issuer": "InvoiceIssuerName",
              "charge_category": "ChargeCategory", "charge_frequency": "ChargeFrequency", "sku": "SkuId",
              "commitment_status": "CommitmentDiscountStatus", "pricing_category": "PricingCategory"}  # fmt: skip


def known(text):
    """FOCUS files write null as NULL or as nothing."""
    return "" if text in ("", "NULL") else text


def focus(folder):
    """Charges of FOCUS 1.0; tags of resources become tag.<key>, the billing period is a month."""
    for row in csv_rows(Path(folder) / "focus_sample.csv"):
        tags = {tag: known(row[column]) for tag, column in FOCUS_TAGS.items()}
        tags |= {"billing_period": row["BillingPeriodStart"][:7], "charge": row["Id"]}
        tags |= {f"tag.{key}": str(value) for key, value in json.loads(known(row["Tags"]) or "{}").items()}
        yield "cost", tags, utc_ns(row["ChargePeriodStart"]), {
            field: number(known(row[column]), "m") for field, column in FOCUS_MONEY.items()
        }


# Data set: folder of the data, reader.
DATA_SETS = {
    "gpu": ("alibaba-gpu-v2023", alibaba),
    "gpu_serving": ("gentd26-gpu-serving", gentd26),
    "training": ("llm-training-logs", training_logs),
    "llm_serving": ("azure-llm-2023", azure_llm),
    "monitoring": ("nab", nab),
    "billing": ("billing-samples", billing),
    "focus": ("focus-sample", focus),
}
