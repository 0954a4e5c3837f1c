//go:build etcd

package main

import (
	"bytes"
	"context"
	"fmt"

	pb "go.etcd.io/etcd/etcdserver/etcdserverpb"
	"google.golang.org/grpc"
)

func init() {
	systems["etcd"] = newEtcd
}

// etcd creates keys in a transaction that wants them absent, and reads them linearizably.
type etcd struct {
	*engine
	connections []*grpc.ClientConn
	clients     []pb.KVClient
}

func newEtcd(c config, e *engine) (driver, error) {
	d := &etcd{engine: e}
	if c.operation != "create" && c.operation != "read" {
		return nil, fmt.Errorf("there is no operation %q", c.operation)
	}
	for n := 0; n < c.sessions; n++ {
		for _, address := range c.servers {
			context, cancel := context.WithTimeout(context.Background(), connectTimeout)
			defer cancel()
			codec := grpc.WithDefaultCallOptions(grpc.ForceCodec(plainCodec{}))
			connection, err := grpc.DialContext(context, address, grpc.WithInsecure(), grpc.WithBlock(), codec)
			if err != nil {
				return nil, err
			}
			d.connections = append(d.connections, connection)
			d.clients = append(d.clients, pb.NewKVClient(connection))
		}
	}
	return d, nil
}

func (d *etcd) begin(slot int, n int64) {
	client, name := d.clients[int(n%int64(len(d.clients)))], d.nameOf(n)
	go func() {
		var err error
		if d.operation == "create" {
			err = d.create(client, name)
		} else {
			err = d.read(client, name)
		}
		d.engine.done(slot, err)
	}()
}

func (d *etcd) create(client pb.KVClient, name string) error {
	put := &pb.PutRequest{Key: []byte(name), Value: d.valueOf(name)}
	absent := &pb.Compare{
		Key:         []byte(name),
		Target:      pb.Compare_CREATE,
		Result:      pb.Compare_EQUAL,
		TargetUnion: &pb.Compare_CreateRevision{CreateRevision: 0},
	}
	reply, err := client.Txn(context.Background(), &pb.TxnRequest{
		Compare: []*pb.Compare{absent},
		Success: []*pb.RequestOp{{Request: &pb.RequestOp_RequestPut{RequestPut: put}}},
	})
	if err == nil && !reply.Succeeded {
		err = wrong("the create of "+name, nil, nil)
	}
	return err
}

func (d *etcd) read(client pb.KVClient, name string) error {
	reply, err := client.Range(context.Background(), &pb.RangeRequest{Key: []byte(name)})
	if err == nil && (len(reply.Kvs) != 1 || !bytes.Equal(reply.Kvs[0].Value, d.valueOf(name))) {
		err = wrong("the read of "+name, nil, []byte(reply.String()))
	}
	return err
}

func (d *etcd) close() {
	for _, connection := range d.connections {
		connection.Close()
	}
}

// plainCodec calls the messages' own code, as etcd's client of that time does; newer gRPC would go through reflection.
type plainCodec struct{}

func (plainCodec) Marshal(v any) ([]byte, error) {
	return v.(interface{ Marshal() ([]byte, error) }).Marshal()
}

func (plainCodec) Unmarshal(data []byte, v any) error {
	return v.(interface{ Unmarshal([]byte) error }).Unmarshal(data)
}

func (plainCodec) Name() string { return "proto" }
