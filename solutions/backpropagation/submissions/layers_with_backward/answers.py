# %% grade_id="dz_dx"
dz_dx = 'dz/dx = 2*(x+y)'


# %% grade_id="graph_tables"
import torch
a,b,c,d=[torch.tensor(float(v),requires_grad=True) for v in (3,2,4,5)]
e=a*b
f=c*d
g=e+f
g.backward()
node_values = {'e':e.detach(),'f':f.detach(),'g':g.detach()}
node_derivatives = {'g':torch.tensor(1.),'e':1,'f':1,'a':a.grad,'b':b.grad,'c':c.grad,'d':d.grad}


# %% grade_id="network_gradients"
class Sigmoid:
    def forward(self,a):
        self.h=1/(1+torch.exp(-a)); return self.h
    def backward(self,g):
        return g*self.h*(1-self.h)
class Linear:
    def __init__(self,W): self.W=W
    def forward(self,x):
        self.x=x; return x@self.W.T
    def backward(self,g):
        self.grad=g.T@self.x
        return g@self.W
def network_gradients(X,T,W1,W2):
    l1,s,l2=Linear(W1),Sigmoid(),Linear(W2)
    y=l2.forward(s.forward(l1.forward(X)))
    l1.backward(s.backward(l2.backward(y-T)))
    return l1.grad,l2.grad
