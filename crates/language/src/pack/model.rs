//! A thinc `model` file: nodes in breadth-first order, each with attributes and arrays.

use std::path::Path;

use super::{Error, msgpack::Value};

/// The nodes of a model file.
pub(crate) struct Model<'a> {
    file: &'a Path,
    nodes: Vec<Node<'a>>,
}

/// One layer.
pub(crate) struct Node<'a> {
    pub(crate) name: &'a str,
    attributes: Value<'a>,
    arrays: Value<'a>,
}

/// An array of 32-bit floats as the file holds it.
pub(crate) struct Array<'a> {
    pub(crate) shape: Vec<usize>,
    bytes: &'a [u8],
}

impl Array<'_> {
    /// The number at a place of the flattened array.
    pub(crate) fn at(&self, index: usize) -> f32 {
        let bytes = self.bytes.as_chunks::<4>().0;
        bytes.get(index).map_or(0.0, |b| f32::from_le_bytes(*b))
    }

    pub(crate) fn len(&self) -> usize {
        self.bytes.len() / 4
    }
}

impl<'a> Model<'a> {
    pub(crate) fn read(file: &'a Path, bytes: &'a [u8]) -> Result<Self, Error> {
        let broken = |what: &str| Error::broken(file, what.to_owned());
        let value = Value::read(bytes).map_err(|what| Error::broken(file, what))?;
        let list = |name| {
            value.get(name).and_then(Value::as_array).ok_or_else(|| broken("no list of layers"))
        };
        let (nodes, attributes, arrays) = (list("nodes")?, list("attrs")?, list("params")?);
        if nodes.len() != attributes.len() || nodes.len() != arrays.len() {
            return Err(broken("the lists of layers, attributes and arrays differ in length"));
        }
        let nodes = nodes.iter().zip(attributes).zip(arrays).map(|((node, attributes), arrays)| {
            let name = node
                .get("name")
                .and_then(Value::as_str)
                .ok_or_else(|| broken("a layer without a name"))?;
            Ok(Node { name, attributes: attributes.clone(), arrays: arrays.clone() })
        });
        Ok(Self { file, nodes: nodes.collect::<Result<_, Error>>()? })
    }

    /// The layers whose name satisfies `is`, in order.
    pub(crate) fn layers(&self, is: impl Fn(&str) -> bool) -> Vec<&Node<'a>> {
        self.nodes.iter().filter(|node| is(node.name)).collect()
    }

    /// The first layer of a name.
    pub(crate) fn layer(&self, name: &str) -> Result<&Node<'a>, Error> {
        let found = self.nodes.iter().find(|node| node.name == name);
        found.ok_or_else(|| self.broken(format!("no layer {name}")))
    }

    pub(crate) fn broken(&self, what: impl Into<String>) -> Error {
        Error::broken(self.file, what)
    }

    pub(crate) fn unsupported(&self, what: impl Into<String>) -> Error {
        Error::unsupported(self.file, what)
    }

    /// An array of a layer, with as many dimensions as asked.
    pub(crate) fn array(
        &self,
        node: &Node<'a>,
        name: &str,
        dimensions: usize,
    ) -> Result<Array<'a>, Error> {
        let what = |what: &str| self.broken(format!("array {name} of layer {} {what}", node.name));
        let value = node.arrays.get(name).ok_or_else(|| what("is not there"))?;
        let kind = value.get("type").and_then(Value::as_str).unwrap_or("");
        if kind != "<f4" {
            return Err(what("does not hold 32-bit floats"));
        }
        let shape =
            value.get("shape").and_then(Value::as_array).ok_or_else(|| what("has no shape"))?;
        let shape: Option<Vec<usize>> =
            shape.iter().map(|n| n.as_u64().and_then(|n| usize::try_from(n).ok())).collect();
        let shape =
            shape.filter(|s| s.len() == dimensions).ok_or_else(|| what("has another shape"))?;
        let bytes =
            value.get("data").and_then(Value::as_bytes).ok_or_else(|| what("has no data"))?;
        let size = shape.iter().try_fold(4usize, |size, n| size.checked_mul(*n));
        if size != Some(bytes.len()) || bytes.is_empty() {
            return Err(what("is not as long as its shape"));
        }
        Ok(Array { shape, bytes })
    }

    /// An attribute of a layer; attributes are msgpack inside msgpack.
    pub(crate) fn attribute(&self, node: &Node<'a>, name: &str) -> Result<Value<'a>, Error> {
        let bytes = node.attributes.get(name).and_then(Value::as_bytes);
        let bytes = bytes
            .ok_or_else(|| self.broken(format!("layer {} has no attribute {name}", node.name)))?;
        Value::read(bytes).map_err(|what| self.broken(format!("attribute {name}: {what}")))
    }
}
